import { reasonOfStatus } from '../../issues/decide/skip.ts';
import { isSkipped } from '../../issues/record/status.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { describeSendTime } from '../../issues/record/send-time.ts';

export function Issues({ issues, timezone }: { issues: readonly Issue[]; timezone: string }) {
  return (
    <table>
      <caption>The newest issues</caption>
      <thead>
        <tr>
          <th scope="col">Week</th>
          <th scope="col">Issue</th>
        </tr>
      </thead>
      <tbody>
        {issues.map((issue) => (
          <tr key={issue.week}>
            <th scope="row">
              <a href={`/studio/issues/${issue.week}`}>{issue.week}</a>
            </th>
            <td>
              {issue.number}: {issue.content.lead.headline}{' '}
              <span className="chip chip-plain">{isSkipped(issue) ? 'skipped' : issue.status}</span>
              <br />
              <span className="quiet">
                {reasonOfStatus(issue) ??
                  (issue.send_at && (issue.status === 'draft' || issue.status === 'approved')
                    ? `goes out on ${describeSendTime(issue.send_at, timezone)}`
                    : null)}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
