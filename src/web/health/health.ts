import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { findSchemaProblem } from '../../migration/check-schema.ts';
import type { Db } from '../../database/connect.ts';
import { findBlocker } from '../../database/blocker.ts';
import { reportOutage } from '../../database/outage.ts';
import type { PageContext } from '../layout/page.tsx';

/** Longer than any good answer takes: the pool is exhausted, or the way to the database is a black hole. */
const ANSWER_WITHIN_MS = 2_000;

/** The process answers. */
export function healthz(c: PageContext) {
  return c.json({ status: 'ok' });
}

/** The process can do its work: the database answers in time, takes writes and is the one that this version expects. */
export async function readyz(c: PageContext) {
  const { db, log, works } = c.get('context');
  try {
    const problem = await Promise.race([
      findProblem(db, works),
      sleep(ANSWER_WITHIN_MS, TOO_SLOW, { ref: false }),
    ]);
    return problem
      ? c.json({ status: problem.message, objects: problem.objects }, 503)
      : c.json({ status: 'ok' });
  } catch (error) {
    reportOutage(log, error, 'not ready');
    return c.json({ status: 'the database cannot be reached' }, 503);
  }
}

const TOO_SLOW = {
  message: `no answer of the database within ${ANSWER_WITHIN_MS / 1_000} seconds: every connection is taken, or it hangs`,
  objects: [],
};

/** A process that works is not ready while something hinders it; one that only answers pages goes on. */
async function findProblem(db: Db, works: boolean) {
  const { rows } = await sql<{ is_read_only: boolean }>`
    select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as is_read_only`.execute(
    db,
  );
  if (rows[0]?.is_read_only) {
    return { message: 'the database is read-only', objects: [] };
  }
  const problem = await findSchemaProblem(db);
  const hindrance = problem || !works ? undefined : await findBlocker(db);
  return hindrance ? { message: hindrance.words, objects: [] } : problem;
}
