import type { Row } from '../../database/schema.ts';
import { timeOf } from './_time-of.ts';
import type { ReaderHistory, ReaderVote } from './load-reader.ts';

/** What the reader chose. */
function listChoices({
  frequency,
  categories,
  always_lead,
  morning_zone,
  paused_until,
}: ReaderHistory['subscriber']): [string, string | null][] {
  return [
    ['How often', frequency],
    [
      'Categories',
      `${categories.join(', ') || 'all'}${always_lead ? '' : ', no lead from other categories'}`,
    ],
    ['Morning', morning_zone],
    ['Paused until', timeOf(paused_until)],
  ];
}

export function Facts({ subscriber }: Pick<ReaderHistory, 'subscriber'>) {
  const facts: [string, string | null][] = [
    ['Address', subscriber.email],
    ['Status', subscriber.status],
    ['Consent', [subscriber.consent_source, subscriber.consent_wording].filter(Boolean).join(', wording ')],
    ['Form', subscriber.consent_form],
    ['Asked to join', timeOf(subscriber.requested_at)],
    ['Confirmation sent', timeOf(subscriber.confirmation_sent_at)],
    ['Confirmed', [timeOf(subscriber.confirmed_at), subscriber.confirmed_by].filter(Boolean).join(', by ')],
    ...subscriber.consent_sources.map(({ event, at, address }): [string, string] => [
      event === 'request' ? 'Asked from' : 'Confirmed from',
      `${address}, ${timeOf(at)}`,
    ]),
    ...subscriber.past_consents.map(({ consent, ended_at }): [string, string] => [
      'Earlier consent',
      `${consent.consent_source}, confirmed ${timeOf(new Date(consent.confirmed_at ?? '')) ?? 'at a time that is not known'}, ended ${timeOf(ended_at)}`,
    ]),
    ['Kept as hashes only', [...new Set(subscriber.origins.map(({ kind }) => kind))].join(', ')],
    ...listChoices(subscriber),
    ['Last engaged', timeOf(subscriber.engaged_at)],
    ['Unsubscribed', timeOf(subscriber.unsubscribed_at)],
    [
      'Suppressed',
      [timeOf(subscriber.suppressed_at), subscriber.suppressed_reason].filter(Boolean).join(': '),
    ],
    ...subscriber.address_changes.map(({ email, requested_at, confirmed_at }): [string, string] => [
      'Change of address',
      `${timeOf(requested_at)}${email ? ` to ${email}` : ''}${confirmed_at ? ', confirmed' : ', not confirmed'}`,
    ]),
  ];
  return (
    <section className="sheet" aria-labelledby="facts">
      <h2 id="facts">What is known</h2>
      <table>
        <tbody>
          {facts.flatMap(([name, value], index) =>
            value ? (
              <tr key={index}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ) : (
              []
            ),
          )}
        </tbody>
      </table>
    </section>
  );
}

export function Votes({ votes }: { votes: readonly ReaderVote[] }) {
  return votes.length === 0 ? null : (
    <section className="sheet" aria-labelledby="votes">
      <h2 id="votes">Votes</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Week</th>
            <th scope="col">Vote</th>
            <th scope="col">Cast (UTC)</th>
          </tr>
        </thead>
        <tbody>
          {votes.map(({ week, tool_slug, choice, state, cast_at }) => (
            <tr key={`${week} ${tool_slug}`}>
              <th scope="row">{week}</th>
              <td>
                {choice} {tool_slug}, {state}
              </td>
              <td>{timeOf(cast_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What votes are judged by, while voting is open and for some weeks after that. */
export function Evidence({ opens, casts }: Pick<ReaderHistory, 'opens' | 'casts'>) {
  const rows = [
    ...opens.map((open) => ({
      ...open,
      what: `link opened${open.opens > 1 ? `, ${open.opens} times` : ''}`,
      at: open.first_at,
    })),
    ...casts.map((cast) => ({
      ...cast,
      what: `${cast.way === 'automatic' ? 'cast by the page' : 'button pressed'}${cast.hand_at ? ', after a touch, a key or the pointer' : ''}`,
      at: cast.cast_at,
    })),
  ].toSorted((a, b) => b.at.getTime() - a.at.getTime());
  return rows.length === 0 ? null : (
    <section className="sheet" aria-labelledby="evidence">
      <h2 id="evidence">What votes are judged by</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Time (UTC)</th>
            <th scope="col">What happened</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ week, tool_slug, choice, what, at }, index) => (
            <tr key={index}>
              <th scope="row">{timeOf(at)}</th>
              <td>
                {week}, {choice} {tool_slug}: {what}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function Events({
  events,
}: {
  events: readonly Pick<Row<'delivery_events'>, 'type' | 'occurred_at'>[];
}) {
  return events.length === 0 ? null : (
    <section className="sheet" aria-labelledby="events">
      <h2 id="events">What Resend reported</h2>
      <table>
        <tbody>
          {events.map(({ type, occurred_at }, index) => (
            <tr key={index}>
              <th scope="row">{timeOf(occurred_at)}</th>
              <td>{type}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What, but not who: the names of staff are not the reader's. */
export function DoneByStaff({ entries }: Pick<ReaderHistory, 'entries'>) {
  return entries.length === 0 ? null : (
    <section className="sheet" aria-labelledby="staff">
      <h2 id="staff">What staff did</h2>
      <table>
        <tbody>
          {entries.map(({ at, action }, index) => (
            <tr key={index}>
              <th scope="row">{timeOf(at)}</th>
              <td>{action}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
