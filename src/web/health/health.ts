import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { findScheduleProblem } from '../../doctor/checks/find-overdue.ts';
import { findSchemaProblem } from '../../migration/check-schema.ts';
import type { Db } from '../../database/connect.ts';
import { findBlocker } from '../../installation/blocker.ts';
import { reportOutage } from '../../database/outage.ts';
import type { PageContext } from '../layout/page.tsx';

/** A healthy database answers faster. Slower means that the pool is exhausted or packets to the database are dropped. */
const DATABASE_TIMEOUT_MS = 2_000;

/** Liveness: the process responds. */
export function healthz(c: PageContext) {
  return c.json({ status: 'ok' });
}

/** Readiness: the database answers in time, accepts writes and has the schema that this version expects. */
export async function readyz(c: PageContext) {
  const { db, log, isWorker } = c.get('context');
  try {
    const problem = await Promise.race([
      findProblem(db, isWorker),
      sleep(DATABASE_TIMEOUT_MS, TIMED_OUT, { ref: false }),
    ]);
    return problem
      ? c.json({ status: problem.message, objects: problem.objects }, 503)
      : c.json({ status: 'ok' });
  } catch (error) {
    reportOutage(log, error, 'not ready');
    return c.json({ status: 'the database cannot be reached' }, 503);
  }
}

/**
 * For a monitor: 503 when the last issue did not go out, or no worker runs that would send the next one. It
 * is independent of workers, which could not report their own absence.
 */
export async function onSchedule(c: PageContext) {
  const context = c.get('context');
  try {
    const lateness = await findScheduleProblem(context);
    return lateness === undefined ? c.json({ status: 'ok' }) : c.json({ status: lateness }, 503);
  } catch (error) {
    reportOutage(context.log, error, 'schedule unknown');
    return c.json({ status: 'the database cannot be reached' }, 503);
  }
}

const TIMED_OUT = {
  message: `no answer from the database within ${DATABASE_TIMEOUT_MS / 1_000} seconds: every connection is in use, or it hangs`,
  objects: [],
};

/** A blocker makes a worker not ready; a process that only serves pages stays ready. */
async function findProblem(db: Db, isWorker: boolean) {
  const { rows } = await sql<{ is_read_only: boolean }>`
    select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as is_read_only`.execute(
    db,
  );
  if (rows[0]?.is_read_only) {
    return { message: 'the database is read-only', objects: [] };
  }
  const problem = await findSchemaProblem(db);
  const blocker = problem || !isWorker ? undefined : await findBlocker(db);
  return blocker ? { message: blocker.message, objects: [] } : problem;
}
