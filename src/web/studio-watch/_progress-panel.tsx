import type { DeliveryStatus } from '../../database/schema.ts';
import type { Progress } from './_load-progress.ts';

const WIDTH = 1000;

/** The statuses on the bar from left to right, with what their colour says. */
const TONES: Record<DeliveryStatus, 'arrived' | 'sent' | 'problem' | 'other' | 'waiting'> = {
  delivered: 'arrived',
  submitted: 'sent',
  delayed: 'sent',
  bounced: 'problem',
  complained: 'problem',
  suppressed: 'problem',
  failed: 'problem',
  rejected: 'problem',
  unknown: 'problem',
  skipped: 'other',
  cancelled: 'other',
  submitting: 'waiting',
  queued: 'waiting',
};
const STATUSES = Object.keys(TONES) as DeliveryStatus[];

/** How far sending has come: the rate, the time left, and the deliveries by status as a bar and a table. */
export function ProgressPanel({ progress }: { progress: Progress }) {
  const { counts, total, done } = progress;
  const shown = STATUSES.flatMap((status) => {
    const count = counts[status] ?? 0;
    return count > 0 ? [{ status, count }] : [];
  });
  return (
    <section className="sheet" aria-labelledby="progress">
      <h2 id="progress">Sending</h2>
      <label htmlFor="sent">
        {done.toLocaleString('en')} of {total.toLocaleString('en')} done{describePace(progress)}
      </label>
      <progress id="sent" max={total || 1} value={done} />
      <StatusBar shown={shown} total={total} />
      <table>
        <caption>Deliveries by status, as on the bar from left to right</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Readers</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ status, count }) => (
            <tr key={status}>
              <th scope="row">
                <svg className="bar-key" viewBox="0 0 1 1" aria-hidden="true">
                  <rect className={`bar-${TONES[status]}`} width={1} height={1} />
                </svg>{' '}
                {status}
              </th>
              <td>{count.toLocaleString('en')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function StatusBar({ shown, total }: { shown: { status: DeliveryStatus; count: number }[]; total: number }) {
  return (
    <svg className="status-bar" viewBox={`0 0 ${WIDTH} 24`} preserveAspectRatio="none" aria-hidden="true">
      {shown.map(({ status, count }, index) => {
        const before = shown.slice(0, index).reduce((sum, part) => sum + part.count, 0);
        return (
          <rect
            key={status}
            className={`bar-${TONES[status]}`}
            x={(before / total) * WIDTH}
            width={(count / total) * WIDTH}
            height={24}
          />
        );
      })}
    </svg>
  );
}

/** ", at 230 a second, about 7 minutes left" */
function describePace({ rate, total, done }: Progress): string {
  if (rate === undefined || done === total) {
    return '';
  }
  if (rate === 0) {
    return ', none in the last half minute';
  }
  const pace = rate >= 1 ? `${Math.round(rate)} a second` : `${Math.round(rate * 60)} a minute`;
  return `, at ${pace}, ${describeRest((total - done) / rate)} left`;
}

function describeRest(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return seconds < 90
    ? `about ${Math.ceil(seconds)} seconds`
    : minutes < 120
      ? `about ${minutes} minutes`
      : `about ${Math.round(seconds / 3600)} hours`;
}
