import { describeTime } from '../../week.ts';
import type { AuditEntry } from '../../audit/audit-log.ts';

/** Who changed what, newest first. */
export function History({
  entries,
  linksWeeks = false,
}: {
  entries: readonly AuditEntry[];
  /** For pages that are not about one issue. */
  linksWeeks?: boolean;
}) {
  return entries.length === 0 ? null : (
    <section className="sheet" aria-labelledby="history">
      <h2 id="history">Who did what</h2>
      <ul className="plain">
        {entries.map((entry) => (
          <li key={entry.id}>
            <strong>{entry.actor}</strong>: {entry.action}
            {entry.week ? ' ' : ''}
            {entry.week && linksWeeks ? (
              <a href={`/studio/issues/${entry.week}`}>{entry.week}</a>
            ) : (
              entry.week
            )}{' '}
            <span className="quiet">
              {describeTime(entry.at)}, {entry.via}
            </span>
            <br />
            {describeEntry(entry)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Fields of a request that are somebody's own words. */
const REASONS = ['reason', 'why', 'despite'];

/** Decisions about some of an issue's mails or votes, which its own state does not show. */
const DECISIONS = ['count as sent', 'send again', 'release votes', 'void votes'];

type State = Record<string, string | null>;

/** What differs between the state before and after, and what was given as a reason. */
function describeEntry({ action, before, after, request, outcome }: AuditEntry): string {
  const [old, current] = [(before ?? {}) as State, (after ?? {}) as State];
  const changes = Object.keys(current)
    .filter((name) => name !== 'content_hash' && old[name] !== current[name])
    .map((name) => `${name.replaceAll('_', ' ')}: ${old[name] ?? '—'} → ${current[name] ?? '—'}`);
  const reasons = Object.entries(request as State).flatMap(([name, value]) =>
    value && REASONS.includes(name) ? [`“${value}”`] : [],
  );
  const details = Object.entries(request as State).flatMap(([name, value]) =>
    value && (after === null || DECISIONS.includes(action)) && !REASONS.includes(name)
      ? [`${name.replaceAll('_', ' ')}: ${value}`]
      : [],
  );
  const unfinished = outcome === 'started' ? ['did not finish'] : [];
  return [...unfinished, ...changes, ...details, ...reasons].join('; ');
}
