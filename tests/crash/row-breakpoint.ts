import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import type { Db } from '../../src/database/connect.ts';
import type { RowPoint } from './combinations.ts';

/** Which change of a row of `deliveries` belongs to each point. */
const CHANGES: Record<RowPoint, { event: 'insert' | 'update'; when: string }> = {
  'preparing row': { event: 'insert', when: 'true' },
  'claiming row': {
    event: 'update',
    when: `old.status = 'queued' and new.status in ('submitting', 'skipped')`,
  },
  'recording row': {
    event: 'update',
    when: 'new.submitting_at is not null and old.email is not null and new.email is null',
  },
  'recording row, committed late': {
    event: 'update',
    when: 'new.submitting_at is not null and old.email is not null and new.email is null',
  },
  'handing back row': { event: 'update', when: `old.status = 'submitting' and new.status = 'queued'` },
  'cancelling row': { event: 'update', when: `old.status <> 'cancelled' and new.status = 'cancelled'` },
};
/** A separate key space for advisory locks: outbox and queue use single-number keys. */
const LOCK_SPACE = 4711;

export interface RowBreakpoint {
  /** The pid of the backend that waits at the row; undefined until one does. */
  findWaiting: () => Promise<number | undefined>;
  /** Ends the backend as the server does when it notices that its client is gone: everything is rolled back. */
  terminate: (pid: number) => Promise<void>;
  /** Lets the statement continue, although the process that sent it is dead. */
  release: () => Promise<void>;
}

/** Blocks the statement that changes the nth row of a point, at that row, until it is released or terminated. */
export async function setRowBreakpoint(
  databaseUrl: string,
  db: Db,
  point: RowPoint,
  row: number,
): Promise<RowBreakpoint> {
  const { event, when } = CHANGES[point];
  const holder = new pg.Client({ connectionString: databaseUrl });
  await holder.connect();
  await holder.query(`select pg_advisory_lock(${LOCK_SPACE}, 0)`);
  await sql
    .raw(
      `create sequence breakpoint_rows;
      create function wait_at_breakpoint() returns trigger language plpgsql as $$
        begin
          if nextval('breakpoint_rows') = ${row} then
            perform pg_advisory_xact_lock(${LOCK_SPACE}, 0);
          end if;
          return new;
        end $$;
      create trigger row_breakpoint before ${event} on deliveries for each row when (${when}) execute function wait_at_breakpoint()`,
    )
    .execute(db);
  return {
    findWaiting: () => findWaiting(db),
    terminate: async (pid) => {
      await sql`select pg_terminate_backend(${pid}::integer)`.execute(db);
      // The rollback is complete once the backend is gone.
      while ((await sql`select from pg_stat_activity where pid = ${pid}`.execute(db)).rows.length > 0) {
        await sleep(5);
      }
      await holder.end();
    },
    /** Safe to call again after a release. */
    release: () => holder.end(),
  };
}

async function findWaiting(db: Db): Promise<number | undefined> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_locks where locktype = 'advisory' and classid = ${LOCK_SPACE} and not granted
      and database = (select oid from pg_database where datname = current_database())`.execute(db);
  return rows[0]?.pid;
}
