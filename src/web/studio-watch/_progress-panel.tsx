import type { DeliveryStatus } from '../../database/schema.ts';
import { NOTHING } from '../../issues/select/variants.ts';
import { describeGroup } from '../../sending/deliveries/load-groups.ts';
import { describeTime } from '../../week.ts';
import type { Progress } from './_load-progress.ts';

const WIDTH = 1000;

/** The statuses on the bar from left to right, with what their colour means. */
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
      <Mornings groups={progress.groups} />
      <Lanes lanes={progress.lanes} />
      <Variants variants={progress.variants} />
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

/** A bar for each time at which readers get the issue, if there are several. */
function Mornings({ groups }: Pick<Progress, 'groups'>) {
  return groups.length < 2 ? null : (
    <>
      <h3>By morning</h3>
      {groups.map((group, index) => (
        <div key={index} className="morning">
          <label htmlFor={`morning-${index}`}>
            {describeGroup(group)}
            {group.send_at ? ` (${describeTime(group.send_at)})` : ''}: {group.done.toLocaleString('en')} of{' '}
            {group.mails.toLocaleString('en')}
          </label>
          <progress id={`morning-${index}`} max={group.mails || 1} value={group.done} />
        </div>
      ))}
    </>
  );
}

/** A bar for each lane, if there are several or the only one waits. */
function Lanes({ lanes }: Pick<Progress, 'lanes'>) {
  return lanes.length === 0 ? null : (
    <>
      <h3>By lane</h3>
      {lanes.map(({ lane, domain, mails, done, state }) => (
        <div key={lane} className="morning">
          <label htmlFor={`lane-${lane}`}>
            Lane {lane}
            {domain ? ` (${domain})` : ''}: {done.toLocaleString('en')} of {mails.toLocaleString('en')}
            {state ? <strong>, {state}</strong> : null}
          </label>
          <progress id={`lane-${lane}`} max={mails || 1} value={done} />
        </div>
      ))}
      <p>
        <a href="/studio/lanes">Look at the lanes</a>
      </p>
    </>
  );
}

/** Who gets which comparisons, if some readers do not get the whole issue. */
function Variants({ variants }: Pick<Progress, 'variants'>) {
  const sent = variants.filter(({ readers }) => readers);
  return sent.length === 0 ? null : (
    <table>
      <caption>By categories: readers who do not get the whole issue</caption>
      <thead>
        <tr>
          <th scope="col">They get</th>
          <th scope="col">Readers</th>
        </tr>
      </thead>
      <tbody>
        {sent.map(({ variant, comparisons, readers }) => (
          <tr key={variant}>
            <th scope="row">{variant === NOTHING ? 'nothing this week' : comparisons.join(', ')}</th>
            <td>{readers?.toLocaleString('en')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** ", at 230 a second, about 7 minutes left" */
function describePace({ rate, total, done, later, next_at, lanes }: Progress): string {
  if (rate === undefined || done === total) {
    return '';
  }
  const heldUp = lanes.reduce((sum, lane) => sum + (lane.state ? lane.mails - lane.done : 0), 0);
  if (heldUp >= total - done) {
    return ', the rest waits for a paused lane';
  }
  if (next_at && done >= total - later) {
    return `, the next at ${describeTime(next_at)}`;
  }
  if (rate === 0) {
    return ', none in the last half minute';
  }
  const rest = total - later - heldUp - done;
  if (rest <= 0) {
    return ', the rest waits for a paused lane, or for a later morning';
  }
  const pace = rate >= 1 ? `${Math.round(rate)} a second` : `${Math.round(rate * 60)} a minute`;
  return `, at ${pace}, ${describeRest(rest / rate)} left${later > 0 ? ' until the next morning' : ''}`;
}

function describeRest(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return seconds < 90
    ? `about ${seconds <= 1 ? '1 second' : `${Math.ceil(seconds)} seconds`}`
    : minutes < 120
      ? `about ${minutes} minutes`
      : `about ${Math.round(seconds / 3600)} hours`;
}
