import {
  type EditableField,
  findQuote,
  listEditableFields,
  readEditable,
} from '../../issues/record/edits.ts';
import { MAX_LENGTHS } from '../../issues/edit/edit.ts';
import type { PossibleSteps } from '../../issues/edit/undo.ts';
import type { Candidate, Issue } from '../../issues/record/issue.ts';

const HINTS: Record<string, string> = {
  introduction: `before the first comparison; usually empty; one line of at most ${MAX_LENGTHS.introduction} characters`,
  verdict: `one line of at most ${MAX_LENGTHS.verdict} characters`,
  subject: '30 to 60 characters',
  preheader: '40 to 110 characters',
  quote: 'may be cut, with … for what is left out',
};

interface EditingProps {
  issue: Issue;
  steps: PossibleSteps;
  /** What the issue's checks found, as sentences. */
  findings: readonly string[];
}

/** The value of `reset` by which every field goes back to its generated text, also those that were written since. */
export const EVERYTHING = 'everything';

/** Everything that staff may write in an issue, with what was generated. */
export function Editing({ issue, steps, findings }: EditingProps) {
  const path = `/studio/issues/${issue.week}`;
  return (
    <section className="sheet" aria-labelledby="editing">
      <h2 id="editing">Words</h2>
      <noscript>
        <p>
          Your browser runs no scripts: press “Save” below before any other button, which does not keep what
          you have typed.
        </p>
      </noscript>
      <div className="row">
        <Step issue={issue} way="undo" label="Undo" changes={steps.undo} />
        <Step issue={issue} way="redo" label="Redo" changes={steps.redo} />
      </div>
      {/* No autocomplete: the fields that a browser restores on going back may be older than what others saved. */}
      <form method="post" action={`${path}/edit`} className="wide" data-autosave="" autoComplete="off">
        <input type="hidden" name="expected" value={issue.content_hash} />
        {listEditableFields(issue.content).map((field) => (
          <Field key={field} issue={issue} field={field} findings={findings} />
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
      <form id="reset" method="post" action={`${path}/edit`} autoComplete="off">
        <input type="hidden" name="expected" value={issue.content_hash} />
      </form>
      {Object.keys(issue.edits).length > 0 ? (
        <form method="post" action={`${path}/edit`} autoComplete="off">
          <input type="hidden" name="expected" value={issue.content_hash} />
          <button type="submit" name="reset" value={EVERYTHING} className="plain">
            Everything back to generated
          </button>
        </form>
      ) : null}
    </section>
  );
}

interface StepProps {
  issue: Issue;
  way: 'undo' | 'redo';
  label: string;
  changes: readonly string[] | undefined;
}

/** Rendered even if there is nothing to undo: the script shows it once something has been typed. */
function Step({ issue, way, label, changes }: StepProps) {
  const names = (changes ?? []).map((field) =>
    field === 'comparisons' ? 'the comparisons' : labelOf(issue, field as EditableField).toLowerCase(),
  );
  return (
    <form
      method="post"
      action={`/studio/issues/${issue.week}/${way}`}
      data-step={way}
      hidden={changes === undefined}
      autoComplete="off"
    >
      <input type="hidden" name="expected" value={issue.content_hash} />
      <button type="submit" className="plain">
        {label}
        <span data-step-changes="">{names.length > 0 ? `: ${names.join(', ')}` : ''}</span>
      </button>
    </form>
  );
}

/**
 * The generated text, and a button that restores it. The button belongs to a form of its own, since Enter presses the
 * first button of a form.
 */
function Generated({ field, text }: { field: EditableField; text: string }) {
  return (
    <>
      <span className="quiet">Generated: {text || 'nothing'}</span>{' '}
      <button type="submit" form="reset" name="reset" value={field} className="link">
        Back to that
      </button>
    </>
  );
}

/** The findings about a field: those of its own check, and those that quote what it says. */
function findingsOf(field: EditableField, text: string, findings: readonly string[]): string[] {
  return findings.filter((finding) => {
    const [, quoted] = /“([^”]+)”/.exec(finding) ?? [];
    return finding.startsWith(`${field}:`) || (quoted !== undefined && text.includes(quoted));
  });
}

export function idOf(field: EditableField): string {
  return field.replaceAll(/[^a-z0-9-]/g, '-');
}

interface FieldProps {
  issue: Issue;
  field: EditableField;
  findings: readonly string[];
  /** What was typed and could not be saved, what the form had shown then, and why. */
  unsaved?: { typed: string; was: string; problem: string | undefined };
}

export function Field({ issue, field, findings, unsaved }: FieldProps) {
  const { content, choice, edits } = issue;
  const text = readEditable(content, field);
  const generated = unsaved ? undefined : edits[field]?.generated;
  const problems = unsaved?.problem ? [unsaved.problem] : findingsOf(field, text, findings);
  const candidates = field === 'subject' ? choice.subjects : field === 'preheader' ? choice.preheaders : [];
  const hint = HINTS[field.split(':')[0] ?? ''];
  const id = idOf(field);
  const input = {
    id,
    name: field,
    // No maximum length: a browser would cut what is pasted, without a word.
    defaultValue: unsaved?.typed ?? text,
    'aria-invalid': unsaved?.problem ? true : undefined,
    'aria-describedby': problems.length > 0 ? `${id}-problem` : undefined,
    placeholder: generated ?? text,
  };
  return (
    <>
      <label htmlFor={id}>
        {labelOf(issue, field)}
        {hint ? <span className="quiet">, {hint}</span> : null}
      </label>
      {problems.length > 0 ? (
        <div id={`${id}-problem`}>
          {problems.map((problem) => (
            <p key={problem} className="problem">
              {problem}
            </p>
          ))}
        </div>
      ) : null}
      <input type="hidden" name={`was:${field}`} value={unsaved?.was ?? text} />
      <p>
        {field === 'subject' || field === 'preheader' ? (
          <input {...input} list={`${id}-choices`} />
        ) : (
          <textarea {...input} rows={2} />
        )}
        {generated === undefined ? null : <Generated field={field} text={generated} />}
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
  const quote = findQuote(content, field);
  if (quote) {
    return `Quote of ${quote.reviewer} on ${quote.tool}`;
  }
  const comparison = [content.lead, ...content.more].find((one) => one.slug === slug);
  return comparison ? `Verdict on ${comparison.headline}` : `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}
