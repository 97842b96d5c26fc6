import { type Issue, listIssues } from '../../issues/issue.ts';
import type { Row } from '../../schema.ts';
import { type PageContext, showPage } from '../page.tsx';

const SHOWN = 30;

/** Every issue with where it stands, and what staff were told. */
export async function studioPage(c: PageContext) {
  const { config, db } = c.get('context');
  const issues = await listIssues(db, SHOWN);
  const notices = await db.selectFrom('staff_notices').selectAll().orderBy('id', 'desc').limit(10).execute();
  const children = (
    <>
      <h1>Studio</h1>
      <p className="quiet">
        Drafts at <code>{config.schedules.draft}</code>, sends at <code>{config.schedules.send}</code>, closes
        voting at <code>{config.schedules.close}</code> ({config.timezone}); approval is {config.approval}.
      </p>
      {notices.length > 0 ? <Notices notices={notices} /> : null}
      {issues.length > 0 ? (
        <Issues issues={issues} />
      ) : (
        <p>No issue yet. `verdicts issue draft` makes this week’s.</p>
      )}
    </>
  );
  return showPage(c, { title: 'Studio', children });
}

function Issues({ issues }: { issues: readonly Issue[] }) {
  return (
    <table>
      <caption>Issues, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Week</th>
          <th scope="col">Lead</th>
          <th scope="col">Status</th>
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
