import { timeOf } from './_time-of.ts';
import type { ReaderHistory } from './load-reader.ts';

interface DeliveriesProps extends Pick<ReaderHistory['subscriber'], 'deliveries'> {
  /** The path under which the issues' pages are. */
  issues: string;
}

export function Deliveries({ deliveries, issues }: DeliveriesProps) {
  return (
    <section className="sheet" aria-labelledby="deliveries">
      <h2 id="deliveries">Issues</h2>
      {deliveries.length === 0 ? (
        <p>None yet.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Week</th>
              <th scope="col">Status</th>
              <th scope="col">Sent (UTC)</th>
            </tr>
          </thead>
          <tbody>
            {deliveries.map(({ week, status, reason, submitted_at, ...delivery }) => (
              <tr key={week}>
                <th scope="row">
                  <a href={`${issues}/${week}`}>{week}</a>
                </th>
                <td>
                  <span className="unbroken">{status}</span>
                  {reason ? `: ${reason}` : ''}
                  {describeReading(delivery)}
                </td>
                <td>{timeOf(submitted_at) ?? '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Known only where tracking is on at Resend; of a past issue without the time. */
function describeReading(
  delivery:
    | { opened_at: Date | null; clicked_at: Date | null }
    | { was_opened: boolean; was_clicked: boolean },
): string {
  const [opened, clicked] =
    'was_opened' in delivery
      ? [delivery.was_opened && 'opened', delivery.was_clicked && 'clicked']
      : [
          delivery.opened_at && `opened ${timeOf(delivery.opened_at)}`,
          delivery.clicked_at && `clicked ${timeOf(delivery.clicked_at)}`,
        ];
  return [opened, clicked].map((what) => (what ? `, ${what}` : '')).join('');
}
