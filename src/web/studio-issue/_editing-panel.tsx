import { type EditableField, listEditableFields, readEditable } from '../../issues/record/edits.ts';
import type { Candidate, Issue } from '../../issues/record/issue.ts';

const HINTS: Record<string, string> = {
  introduction: 'Before the first comparison; usually empty',
  subject: '30 to 60 characters',
  preheader: '40 to 110 characters',
};

/** Everything that staff may write in an issue, with what was generated. */
export function Editing({ issue }: { issue: Issue }) {
  const path = `/studio/issues/${issue.week}`;
  return (
    <section className="sheet" aria-labelledby="editing">
      <h2 id="editing">Words</h2>
      <form method="post" action={`${path}/edit`} className="wide" data-autosave="">
        <input type="hidden" name="expected" value={issue.content_hash} />
        {listEditableFields(issue.content).map((field) => (
          <Field key={field} issue={issue} field={field} />
        ))}
        <p className="row">
          <button type="submit" className="plain">
            Save
          </button>
          <output className="quiet" data-saved="">
            {Object.keys(issue.edits).length > 0 ? null : 'As generated.'}
          </output>
        </p>
      </form>
      {Object.keys(issue.edits).length > 0 ? (
        <form method="post" action={`${path}/edit`}>
          <input type="hidden" name="expected" value={issue.content_hash} />
          {Object.keys(issue.edits).map((field) => (
            <input key={field} type="hidden" name={field} value="" />
          ))}
          <button type="submit" className="plain">
            Everything back to generated
          </button>
        </form>
      ) : null}
    </section>
  );
}

function Field({ issue, field }: { issue: Issue; field: EditableField }) {
  const { content, choice, edits } = issue;
  const text = readEditable(content, field);
  const generated = edits[field]?.generated;
  const candidates = field === 'subject' ? choice.subjects : field === 'preheader' ? choice.preheaders : [];
  const id = field.replaceAll(/[^a-z0-9-]/g, '-');
  return (
    <>
      <label htmlFor={id}>
        {labelOf(issue, field)}
        {HINTS[field] ? <span className="quiet">, {HINTS[field]}</span> : null}
      </label>
      <input type="hidden" name={`was:${field}`} value={text} />
      <p>
        {field === 'subject' || field === 'preheader' ? (
          <input
            id={id}
            name={field}
            list={`${id}-choices`}
            maxLength={200}
            defaultValue={text}
            placeholder={generated ?? text}
          />
        ) : (
          <textarea
            id={id}
            name={field}
            rows={2}
            maxLength={400}
            defaultValue={text}
            placeholder={generated ?? text}
          />
        )}
        {generated ? <span className="quiet">Generated: {generated}</span> : null}
      </p>
      <Choices id={`${id}-choices`} candidates={candidates} />
    </>
  );
}

function Choices({ id, candidates = [] }: { id: string; candidates?: readonly Candidate[] | undefined }) {
  return candidates.length === 0 ? null : (
    <datalist id={id}>
      {candidates.map(({ text }) => (
        <option key={text} value={text} />
      ))}
    </datalist>
  );
}

/** "Subject", or "Verdict on Wrenstitch vs Plinthrun" */
export function labelOf({ content }: Issue, field: EditableField): string {
  const [kind = '', slug] = field.split(':');
  const comparison = [content.lead, ...content.more].find((one) => one.slug === slug);
  return comparison ? `Verdict on ${comparison.headline}` : `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}
