import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import type { Db } from '../../src/database/connect.ts';
import type { RowPoint } from './combinations.ts';

/** Which changes of a row of `deliveries` are a point's. */
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
/** A key space of its own among the advisory locks: outbox and queue take theirs with one number. */
const LOCK_SPACE = 4711;

export interface RowTrap {
  /** The server process that waits at the row, once it does. */
  findWaiting: () => Promise<number | undefined>;
  /** As the server does when it notices that nobody listens any more: everything is rolled back. */
  terminate: (pid: number) => Promise<void>;
  /** The statement goes on, though whoever sent it is dead. */
  release: () => Promise<void>;
}

/** Stops the statement that changes the nth row of a point, in the middle, for as long as the trap is held. */
export async function setRowTrap(
  databaseUrl: string,
  db: Db,
  point: RowPoint,
  row: number,
): Promise<RowTrap> {
  const { event, when } = CHANGES[point];
  const holder = new pg.Client({ connectionString: databaseUrl });
  await holder.connect();
  await holder.query(`select pg_advisory_lock(${LOCK_SPACE}, 0)`);
  await sql
    .raw(
      `create sequence trapped_rows;
      create function wait_in_trap() returns trigger language plpgsql as $$
        begin
          if nextval('trapped_rows') = ${row} then
            perform pg_advisory_xact_lock(${LOCK_SPACE}, 0);
          end if;
          return new;
        end $$;
      create trigger row_trap before ${event} on deliveries for each row when (${when}) execute function wait_in_trap()`,
    )
    .execute(db);
  return {
    findWaiting: () => findWaiting(db),
    terminate: async (pid) => {
      await sql`select pg_terminate_backend(${pid}::integer)`.execute(db);
      // Only when it is gone has it rolled back.
      while ((await sql`select from pg_stat_activity where pid = ${pid}`.execute(db)).rows.length > 0) {
        await sleep(5);
      }
      await holder.end();
    },
    /** Also when it is free already. */
    release: () => holder.end(),
  };
}

async function findWaiting(db: Db): Promise<number | undefined> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_locks where locktype = 'advisory' and classid = ${LOCK_SPACE} and not granted
      and database = (select oid from pg_database where datname = current_database())`.execute(db);
  return rows[0]?.pid;
}
