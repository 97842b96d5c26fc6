import { createHash } from 'node:crypto';
import {
  type AuditEntry,
  type AuditFilter,
  listAuditEntries,
  listAuditNames,
} from '../../audit/audit-log.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { History } from '../studio-shared/history-panel.tsx';
import { showCsv } from '../studio-shared/show-csv.ts';
import { StudioNav } from '../studio-shared/studio-nav.tsx';

const PAGE_SIZE = 100;
/** In a CSV file; more are exported by filtering. */
const MAX_EXPORTED = 50_000;

/** Everything that staff changed, newest first, filtered by who, what and the issue. */
export async function logPage(c: PageContext) {
  const { db } = c.get('context');
  const names = await listAuditNames(db);
  const entries = await listAuditEntries(db, PAGE_SIZE, await readFilter(c, names.actors));
  const query = new URLSearchParams(c.req.query());
  const older = new URLSearchParams(query);
  older.set('before', String(entries.at(-1)?.id ?? 0));
  query.delete('before');
  const children = (
    <>
      <StudioNav current="Log" />
      <h1>Who did what</h1>
      <p>Every change that was made in the studio or on the command line.</p>
      <Filter c={c} names={names} />
      {entries.length === 0 ? <p>No entries match.</p> : <History entries={entries} linksWeeks />}
      <p>
        {entries.length === PAGE_SIZE ? <a href={`/studio/log?${older.toString()}`}>Older entries</a> : null}{' '}
        <a href={`/studio/log.csv?${query.toString()}`}>Download as CSV</a>
      </p>
    </>
  );
  return showPage(c, { title: 'Who did what', children });
}

export async function logCsv(c: PageContext) {
  const { db } = c.get('context');
  const { actors } = await listAuditNames(db);
  const entries = await listAuditEntries(db, MAX_EXPORTED, await readFilter(c, actors));
  return showCsv(c, 'log.csv', entries.map(rowOf));
}

function rowOf({ at, actor, via, action, week, request, before, after, outcome }: AuditEntry) {
  return {
    at,
    who: actor,
    via,
    what: action,
    week: week ?? '',
    request: JSON.stringify(request),
    before: JSON.stringify(before),
    after: JSON.stringify(after),
    outcome,
  };
}

interface Names {
  actors: string[];
  actions: string[];
}

function Filter({ c, names: { actors, actions } }: { c: PageContext; names: Names }) {
  return (
    <form method="get" action="/studio/log" className="row" role="search">
      <div>
        <label htmlFor="who">Who</label>
        <select id="who" name="who" defaultValue={c.req.query('who') ?? ''}>
          <option value="">anybody</option>
          {actors.map((actor) => (
            <option key={actor} value={keyOf(actor)}>
              {actor}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label htmlFor="what">What</label>
        <select id="what" name="what" defaultValue={c.req.query('what') ?? ''}>
          <option value="">anything</option>
          {actions.map((action) => (
            <option key={action}>{action}</option>
          ))}
        </select>
      </div>
      <div>
        <label htmlFor="week">Issue of week</label>
        <input
          id="week"
          name="week"
          placeholder="2026-W48"
          pattern="\d{4}-W\d{2}"
          defaultValue={c.req.query('week')}
        />
      </div>
      <button type="submit">Show</button>
    </form>
  );
}

async function readFilter(c: PageContext, actors: readonly string[]): Promise<AuditFilter> {
  const { who, what, week, before } = c.req.query();
  return {
    ...(who ? { actor: actors.find((actor) => keyOf(actor) === who) ?? '' } : {}),
    ...(what ? { action: what } : {}),
    ...(week ? { week } : {}),
    ...(before && /^\d{1,15}$/.test(before) ? { before: Number(before) } : {}),
  };
}

/** Stands for somebody in a URL, so that no URL contains an address. */
function keyOf(actor: string): string {
  return createHash('sha256').update(actor).digest('hex').slice(0, 12);
}
