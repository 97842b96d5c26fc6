import { cachePerScope } from '../../concurrency/cache.ts';
import { recordAudit } from '../../audit/audit-log.ts';
import { countOf } from '../../count-of.ts';
import { AppError } from '../../errors.ts';
import { addSubscriber } from '../../subscribers/join/add.ts';
import { readInstant } from '../../subscribers/join/consent.ts';
import type { Db } from '../../database/connect.ts';
import type { SubscriberStatus } from '../../database/schema.ts';
import {
  findByAddress,
  listMatches,
  type Match,
  searchAddresses,
} from '../../subscribers/address/find-by-address.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';
import { actorOf } from '../studio-shared/actor.tsx';
import { AddReader, type RefusedReader } from './_add-reader.tsx';
import { StudioNav } from '../studio-shared/studio-nav.tsx';

const MAX_MATCHES = 50;
const MIN_LETTERS = 2;

type Counts = Partial<Record<SubscriberStatus, number>>;

const cachedCounts = cachePerScope<Counts>({ max: 1, ttl_ms: 10_000 });

/** Cached, since counting reads all subscribers; at most ten seconds old. */
function countByStatus(db: Db): Promise<Counts> {
  return cachedCounts(db, 'readers', async () => {
    const rows = await db
      .selectFrom('subscribers')
      .select(({ fn }) => ['status', fn.countAll<number>().as('readers')])
      .groupBy('status')
      .execute();
    return Object.fromEntries(rows.map(({ status, readers }) => [status, readers]));
  });
}

/** Uses POST, so that no address appears in a URL, and leads to a page with the numbers of the readers that were found. */
export async function searchReaders(c: PageContext) {
  const part = await readField(c, 'email');
  const matches =
    part.length < MIN_LETTERS ? [] : await searchAddresses(c.get('context').db, part, MAX_MATCHES);
  return c.redirect(`/studio/readers?found=${matches.map(({ id }) => id).join('.')}`, 303);
}

/** `found`: numbers of readers with points between them; undefined for anything else. */
function readFound(found: string | undefined): number[] | undefined {
  return found !== undefined && /^(?:\d{1,15}(?:\.\d{1,15})*)?$/.test(found)
    ? found.split('.').filter(Boolean).slice(0, MAX_MATCHES).map(Number)
    : undefined;
}

/**
 * Adds one reader who agreed elsewhere, such as on paper; how and when is stored as their consent. Leads to their page, also if they
 * were there already.
 */
export async function addReader(c: PageContext) {
  const context = c.get('context');
  const typed = {
    email: await readField(c, 'email'),
    consent_source: await readField(c, 'consent_source'),
    confirmed_at: await readField(c, 'confirmed_at'),
  };
  try {
    const confirmed_at = typed.confirmed_at === '' ? context.now() : readInstant(typed.confirmed_at);
    const result = await addSubscriber(context.db, { ...typed, confirmed_at }, context.now());
    await recordAudit(context, actorOf(c), { action: 'add a reader', request: { result } });
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
    return readersPage(c, { ...typed, problem: error.message });
  }
  const reader = await findByAddress(context.db, typed.email);
  return c.redirect(reader ? `/studio/readers/${reader.id}` : '/studio/readers', 303);
}

/** How many readers there are, a search, and what it found. `refused`: what was typed about a new reader, and why it was refused. */
export async function readersPage(c: PageContext, refused?: RefusedReader) {
  const { db } = c.get('context');
  const found = readFound(c.req.query('found'));
  const matches = found && (await listMatches(db, found));
  const counts = await countByStatus(db);
  const children = (
    <>
      <StudioNav current="Readers" />
      <h1>Readers</h1>
      {c.req.query('erased') === undefined ? null : (
        <p className="notice" role="status">
          The reader has been erased: only a hash of their address is left.
        </p>
      )}
      <p>
        {Object.entries(counts)
          .map(([status, readers]) => `${readers.toLocaleString('en')} ${status}`)
          .join(', ') || 'Nobody yet.'}
      </p>
      <form method="post" action="/studio/readers" className="row" role="search">
        <div className="grow">
          <label htmlFor="email">Part of an address</label>
          <input id="email" name="email" required minLength={MIN_LETTERS} autoComplete="off" />
        </div>
        <button type="submit">Find</button>
      </form>
      {matches ? <Matches matches={matches} /> : null}
      {c.get('staff')?.role === 'admin' ? (
        <>
          <p className="row">
            <a className="button plain" href="/studio/import/readers">
              Import readers
            </a>
            <a className="button plain" href="/studio/export/readers.csv">
              All readers as CSV
            </a>
          </p>
          <AddReader refused={refused} />
        </>
      ) : null}
    </>
  );
  return showPage(c, { title: 'Readers', children }, refused ? 400 : 200);
}

function Matches({ matches }: { matches: readonly Match[] }) {
  if (matches.length === 0) {
    return (
      <p role="status">
        No reader’s address contains that. Somebody who was erased is not listed: only a hash of the address
        is left.
      </p>
    );
  }
  return (
    <>
      <p role="status">
        {matches.length === MAX_MATCHES
          ? `The first ${MAX_MATCHES}; type more of the address for others.`
          : `${countOf(matches.length, 'reader')} found.`}
      </p>
      <ul className="plain">
        {matches.map(({ id, email, status }) => (
          <li key={id}>
            <a href={`/studio/readers/${id}`}>{email}</a> <span className="chip chip-plain">{status}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
