import { findBlocker } from '../../database/blocker.ts';
import { type Issue, listIssues } from '../../issues/record/issue.ts';
import { describeSendTime } from '../../issues/record/send-time.ts';
import type { Row } from '../../database/schema.ts';
import { type PageContext, showPage } from '../layout/page.tsx';

const MAX_ISSUES = 30;

/** The latest issues with their status, and the latest staff notices. */
export async function studioPage(c: PageContext) {
  const { config, db } = c.get('context');
  const blocker = await findBlocker(db);
  const issues = await listIssues(db, MAX_ISSUES);
  const notices = await db.selectFrom('staff_notices').selectAll().orderBy('id', 'desc').limit(10).execute();
  const children = (
    <>
      <h1>Studio</h1>
      {blocker ? (
        <p className="problem" role="alert">
          {blocker.message}
        </p>
      ) : null}
      <p className="quiet">
        Drafts at <code>{config.schedules.draft}</code>, sends at <code>{config.schedules.send}</code>, closes
        voting at <code>{config.schedules.close}</code> ({config.timezone}); approval is {config.approval}.
      </p>
      {notices.length > 0 ? <Notices notices={notices} /> : null}
      {issues.length > 0 ? (
        <Issues issues={issues} timezone={config.timezone} />
      ) : (
        <p>No issue yet. Run `verdicts issue draft` to create this week’s.</p>
      )}
    </>
  );
  return showPage(c, { title: 'Studio', children });
}

function Issues({ issues, timezone }: { issues: readonly Issue[]; timezone: string }) {
  return (
    <table>
      <caption>Issues, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Week</th>
          <th scope="col">Lead</th>
          <th scope="col">Status</th>
          <th scope="col">Goes out</th>
        </tr>
      </thead>
      <tbody>
        {issues.map((issue) => (
          <tr key={issue.week}>
            <th scope="row">
              <a href={`/studio/issues/${issue.week}`}>{issue.week}</a>
            </th>
            <td>{issue.content.lead.headline}</td>
            <td>
              <span className="chip chip-plain">{issue.status}</span>
              {issue.status_reason ? ` ${issue.status_reason}` : ''}
            </td>
            <td>
              {issue.send_at && (issue.status === 'draft' || issue.status === 'approved')
                ? describeSendTime(issue.send_at, timezone)
                : '—'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Notices({ notices }: { notices: readonly Row<'staff_notices'>[] }) {
  return (
    <section className="sheet" aria-labelledby="notices">
      <h2 id="notices">Notices</h2>
      <ul className="plain">
        {notices.map((notice) => (
          <li key={notice.id}>
            <time dateTime={notice.created_at.toISOString()} className="quiet">
              {notice.created_at.toISOString().slice(0, 16).replace('T', ' ')} UTC
            </time>
            <br />
            {notice.message}
          </li>
        ))}
      </ul>
    </section>
  );
}
