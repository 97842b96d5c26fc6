import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { Row } from '../database/schema.ts';
import { AppError } from '../errors.ts';

/** Who changes something, and from where. */
export interface Actor {
  name: string;
  via: 'studio' | 'command line';
}

/** What is changed; never contains an address or a token. */
export interface Change {
  action: string;
  /** The week of the issue that it is about. */
  week?: string | undefined;
  /** The change is one transaction: if it is refused, none of it was made, even if the state differs afterwards because of somebody else's change. */
  is_atomic?: boolean;
  /** What was asked for, such as the reason that was given. */
  request?: Record<string, string | undefined>;
}

export type AuditEntry = Row<'audit_log'>;

/**
 * Makes a change and records it: who, what, and the state before and after as `readState` gives it. A change that fails leaves
 * no entry, unless part of it was made: then the entry stays as one that did not finish.
 */
export async function audited<Result>(
  { db, now }: { db: Db; now: () => Date },
  { name, via }: Actor,
  change: Change,
  readState: () => Promise<unknown>,
  act: () => Promise<Result>,
): Promise<Result> {
  const before = (await readState()) ?? null;
  const { id } = await db
    .insertInto('audit_log')
    .values(entryOf(now(), { name, via }, change, { before, outcome: 'started' }))
    .returning('id')
    .executeTakeFirstOrThrow();
  const result = await act().catch(async (error: unknown) => {
    // If it cannot be read either, the entry stays as one that did not finish.
    const isRefused = change.is_atomic === true && error instanceof AppError;
    const after = isRefused ? before : ((await readState().catch(() => undefined)) ?? null);
    if (isDeepStrictEqual(after, before)) {
      await db.deleteFrom('audit_log').where('id', '=', id).execute();
    } else {
      await db
        .updateTable('audit_log')
        .set({ after: JSON.stringify(after) })
        .where('id', '=', id)
        .execute();
    }
    throw error;
  });
  await db
    .updateTable('audit_log')
    .set({ outcome: 'done', after: JSON.stringify((await readState()) ?? null) })
    .where('id', '=', id)
    .execute();
  return result;
}

/** Records something that changes no state of ours, such as a sign-in. */
export async function recordAudit(
  { db, now }: { db: Db; now: () => Date },
  actor: Actor,
  change: Change,
): Promise<void> {
  await db
    .insertInto('audit_log')
    .values(entryOf(now(), actor, change, { before: null, outcome: 'done' }))
    .execute();
}

function entryOf(
  at: Date,
  { name, via }: Actor,
  { action, week, request = {} }: Change,
  { before, outcome }: { before: unknown; outcome: AuditEntry['outcome'] },
) {
  return {
    at,
    actor: name,
    via,
    action,
    week: week ?? null,
    request: JSON.stringify(request),
    before: JSON.stringify(before),
    after: 'null',
    outcome,
  };
}

/** Which entries to list; without a filter, all of them. */
export interface AuditFilter {
  week?: string;
  /** The id of a reader that they are about. */
  reader?: number;
  actor?: string;
  action?: string;
  /** Only those before the entry with this id. */
  before?: number;
}

/** Newest first. */
export function listAuditEntries(
  db: Db,
  limit: number,
  { week, reader, actor, action, before }: AuditFilter = {},
): Promise<AuditEntry[]> {
  return db
    .selectFrom('audit_log')
    .selectAll()
    .$if(week !== undefined, (query) => query.where('week', '=', week ?? ''))
    .$if(reader !== undefined, (query) => query.where(sql<boolean>`request ->> 'reader' = ${String(reader)}`))
    .$if(actor !== undefined, (query) => query.where('actor', '=', actor ?? ''))
    .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** The actors and actions that have entries, in alphabetical order. */
export async function listAuditNames(db: Db): Promise<{ actors: string[]; actions: string[] }> {
  const actors = await db.selectFrom('audit_log').select('actor').distinct().orderBy('actor').execute();
  const actions = await db.selectFrom('audit_log').select('action').distinct().orderBy('action').execute();
  return { actors: actors.map(({ actor }) => actor), actions: actions.map(({ action }) => action) };
}
