import type { Context } from '../../context.ts';
import { listAuditEntries } from '../../audit/audit-log.ts';
import type { Texts } from '../../issues/edit/edit.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { readEditable } from '../../issues/record/edits.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { isUnapproved } from '../studio-shared/open-findings.ts';
import { labelOf } from './_editing-panel.tsx';

/** Shows what somebody else has changed next to what was typed. `lost`: about a comparison that is no longer in the issue. */
export async function showConflict(
  c: PageContext,
  issue: Issue,
  texts: Texts,
  lost: readonly [field: string, text: string][],
) {
  const context = c.get('context');
  const who = await describeLastChange(context, issue);
  const mine = Object.entries(texts);
  const isOpen = isUnapproved(issue);
  const mayOpenAgain = !isOpen && ['approved', 'held'].includes(issue.status);
  const children = (
    <div className="sheet">
      <p className="kicker">
        {issue.week} · issue {issue.number}
      </p>
      <h1>This issue has changed since you opened it</h1>
      <p role="alert">
        {who} Your text has not been saved{isOpen ? ' yet' : ', and its content is frozen now'}.
      </p>
      {mayOpenAgain ? (
        <p>
          To save it after all, withdraw the approval on{' '}
          <a href={`/studio/issues/${issue.week}`} target="_blank">
            the issue’s page (in another tab)
          </a>
          , then press “Save mine” here.
        </p>
      ) : null}
      <BothVersions issue={issue} mine={mine} lost={lost} />
      <form method="post" action={`/studio/issues/${issue.week}/edit`} className="row">
        <input type="hidden" name="expected" value={issue.content_hash} />
        {mine.map(([field, text]) => (
          <input key={field} type="hidden" name={field} value={text} />
        ))}
        {isOpen || mayOpenAgain ? <button type="submit">Save mine</button> : null}
        <a className="button plain" href={`/studio/issues/${issue.week}#editing`}>
          Discard my changes
        </a>
      </form>
    </div>
  );
  return showPage(c, { title: 'This issue has changed since you opened it', children }, 409);
}

interface BothVersionsProps {
  issue: Issue;
  mine: readonly [field: string, text: string | undefined][];
  lost: readonly [field: string, text: string][];
}

function BothVersions({ issue, mine, lost }: BothVersionsProps) {
  return (
    <table className="even">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">As it is now</th>
          <th scope="col">Yours</th>
        </tr>
      </thead>
      <tbody>
        {mine.map(([field, text]) => (
          <tr key={field}>
            <th scope="row">{labelOf(issue, field as keyof Texts)}</th>
            <td>{readEditable(issue.content, field as keyof Texts) || '—'}</td>
            <td>{text || '—'}</td>
          </tr>
        ))}
        {lost.map(([field, text]) => (
          <tr key={field}>
            <th scope="row">{field.replace(':', ' on ')}</th>
            <td>no longer in the issue</td>
            <td>{text || '—'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Entries about what changes no words, such as test copies, are passed over. */
const LOOKED_AT = 20;

type State = { content_hash?: string; status?: string; approved_by?: string } | null;

/** What the change did that keeps the text from being saved: other words, or an approval. */
function hasChanged(before: unknown, after: unknown): boolean {
  const [from, to] = [before as State, after as State];
  return (
    from?.content_hash !== to?.content_hash ||
    from?.status !== to?.status ||
    from?.approved_by !== to?.approved_by
  );
}

async function describeLastChange({ db }: Context, { week }: Issue): Promise<string> {
  const entries = await listAuditEntries(db, LOOKED_AT, { week });
  const last = entries.find(({ before, after, outcome }) => outcome === 'done' && hasChanged(before, after));
  return last
    ? `${last.actor} changed this issue (${last.action}) on ${last.at.toISOString().slice(0, 16).replace('T', ' at ')} UTC, after you opened it.`
    : 'The issue was changed after you opened it.';
}
