import { describeTime } from '../../week.ts';
import type { Row } from '../../database/schema.ts';

interface Change {
  before: object | null;
  after: object;
}

/** What differs between two versions, field by field; reviews by their reviewers. */
export function Differences({ before, after }: Change) {
  const [old, current] = [flatten(before ?? {}), flatten(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(current)])].filter(
    (name) => old[name] !== current[name],
  );
  return before === null ? (
    <p>New.</p>
  ) : (
    <ul>
      {names.map((name) => (
        <li key={name}>
          {name}: {old[name] === undefined ? 'nothing' : <del>{old[name]}</del>} →{' '}
          {current[name] === undefined ? 'nothing' : <ins>{current[name]}</ins>}
        </li>
      ))}
    </ul>
  );
}

/** Who changed an item and when, newest first. */
export function ItemHistory({ changes }: { changes: readonly Row<'content_changes'>[] }) {
  return (
    <section className="sheet" aria-labelledby="history">
      <h2 id="history">Its history</h2>
      {changes.length === 0 ? <p>No changes have been recorded.</p> : null}
      {changes.map(({ id, at, actor, via, before, after }) => (
        <div key={id}>
          <h3>
            {describeTime(at)}, {actor} <span className="quiet">({via})</span>
          </h3>
          <Differences before={before} after={after} />
        </div>
      ))}
    </section>
  );
}

function flatten(item: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(item).flatMap(([name, value]: [string, unknown]): [string, string][] => {
      if (value === null || value === undefined || name === 'slug') {
        return [];
      }
      if (name === 'reviews' && Array.isArray(value)) {
        return (value as Record<string, string>[]).flatMap(({ reviewer_slug, verdict = '', quote = '' }) => [
          [`verdict of ${reviewer_slug}`, verdict],
          [`quote of ${reviewer_slug}`, quote],
        ]);
      }
      const text = value instanceof Date ? value.toISOString() : value;
      return [[name.replaceAll('_', ' '), typeof text === 'string' ? text : JSON.stringify(text)]];
    }),
  );
}
