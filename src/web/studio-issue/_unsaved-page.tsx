import type { TextsRefused } from '../../issues/edit/edit.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { type EditableField, readEditable } from '../../issues/record/edits.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readForm } from '../request/read-form.ts';
import { Field, idOf, labelOf } from './_editing-panel.tsx';

/** Shows what was typed and could not be saved, to be corrected: the issue's own page would lose it. */
export async function showUnsaved(
  c: PageContext,
  issue: Issue,
  texts: Partial<Record<EditableField, string>>,
  { byField }: TextsRefused,
) {
  const form = await readForm(c);
  const typed = Object.entries(texts) as [EditableField, string][];
  // As the form was shown: what somebody else has changed since is still noticed.
  const shown = (name: string, fallback: string) => {
    const value = form[name];
    return typeof value === 'string' ? value : fallback;
  };
  const children = (
    <div className="sheet">
      <p className="kicker">
        {issue.week} · issue {issue.number}
      </p>
      <h1>Not saved yet</h1>
      <Problems issue={issue} byField={byField} />
      <form method="post" action={`/studio/issues/${issue.week}/edit`} className="wide">
        <input type="hidden" name="expected" value={shown('expected', issue.content_hash)} />
        {typed.map(([field, text]) => (
          <Field
            key={field}
            issue={issue}
            field={field}
            findings={[]}
            unsaved={{
              typed: text,
              was: shown(`was:${field}`, readEditable(issue.content, field)),
              problem: byField.get(field),
            }}
          />
        ))}
        <p className="row">
          <button type="submit">Save</button>
          <a className="button plain" href={`/studio/issues/${issue.week}#editing`}>
            Discard my changes
          </a>
        </p>
      </form>
    </div>
  );
  return showPage(c, { title: 'Not saved yet', children }, 400);
}

function Problems({ issue, byField }: { issue: Issue; byField: TextsRefused['byField'] }) {
  return (
    <div className="problem" role="alert">
      <p>Nothing was saved. What you typed is still here:</p>
      <ul>
        {[...byField].map(([field, problem]) => (
          <li key={field}>
            <a href={`#${idOf(field)}`}>{labelOf(issue, field)}</a>: {problem}
          </li>
        ))}
      </ul>
    </div>
  );
}
