import type { Issue } from '../../issues/record/issue.ts';
import type { DeliveryStatus, IssueStatus } from '../../database/schema.ts';

const LABELS: Record<string, string> = {
  approve: 'Approve',
  hold: 'Hold',
  release: 'Release',
  pause: 'Pause sending',
  resume: 'Resume sending',
  cancel: 'Cancel the issue',
};

const ACTIONS: Record<IssueStatus, string[]> = {
  draft: ['approve', 'hold'],
  approved: ['hold'],
  held: ['approve', 'release', 'cancel'],
  sending: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  sent: [],
  cancelled: [],
};

const BUTTON_CLASSES: Record<string, string> = { hold: 'plain', pause: 'plain', cancel: 'stop' };

/** The possible actions; an issue that fails its checks is approved in the panel with the findings, with a reason. */
export function Actions({ issue, passesChecks }: { issue: Issue; passesChecks: boolean }) {
  // An issue that would resume automatically can be kept paused until staff resume it.
  const actions = issue.resume_at ? [...ACTIONS.paused, 'pause'] : ACTIONS[issue.status];
  const isApprovable = passesChecks && !issue.approved_at;
  return (
    <div className="row">
      {actions
        .filter((action) => action !== 'approve' || isApprovable)
        .map((action) => (
          <form key={action} method="post" action={`/studio/issues/${issue.week}/${action}`}>
            <button type="submit" className={BUTTON_CLASSES[action]}>
              {issue.resume_at && action === 'pause' ? 'Keep it paused' : LABELS[action]}
            </button>
          </form>
        ))}
    </div>
  );
}

/** The progress of sending, and the number of deliveries by status. */
export function Progress({ counts }: { counts: Partial<Record<DeliveryStatus, number>> }) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const pending = (counts.queued ?? 0) + (counts.submitting ?? 0);
  return (
    <section className="sheet" aria-labelledby="progress">
      <h2 id="progress">Sending</h2>
      <label htmlFor="sent">
        {total - pending} of {total} done
      </label>
      <progress id="sent" max={total || 1} value={total - pending} />
      <table>
        <caption>Deliveries by status</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Readers</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(counts).map(([status, count]) => (
            <tr key={status}>
              <th scope="row">{status}</th>
              <td>{count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
