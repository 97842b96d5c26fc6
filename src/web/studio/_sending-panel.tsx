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

const POSSIBLE: Record<IssueStatus, string[]> = {
  draft: ['approve', 'hold'],
  approved: ['hold'],
  held: ['approve', 'release', 'cancel'],
  sending: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  sent: [],
  cancelled: [],
};

const BUTTON_CLASSES: Record<string, string> = { hold: 'plain', pause: 'plain', cancel: 'skip-it' };

/** The decisions that are open for an issue; one that is not sound is approved with a reason, beside what is wrong. */
export function Actions({ issue, isSound }: { issue: Issue; isSound: boolean }) {
  // An issue that would go on by itself can be made to wait for staff.
  const possible = issue.resume_at ? [...POSSIBLE.paused, 'pause'] : POSSIBLE[issue.status];
  const closed = isSound && !issue.approved_at ? [] : ['approve'];
  return (
    <div className="row">
      {possible
        .filter((action) => !closed.includes(action))
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

/** How far sending is, and how many deliveries stand where. */
export function Progress({ counts }: { counts: Partial<Record<DeliveryStatus, number>> }) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const waiting = (counts.queued ?? 0) + (counts.submitting ?? 0);
  return (
    <section className="sheet" aria-labelledby="progress">
      <h2 id="progress">Sending</h2>
      <label htmlFor="sent">
        {total - waiting} of {total} done
      </label>
      <progress id="sent" max={total || 1} value={total - waiting} />
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
