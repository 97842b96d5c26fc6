import { sql } from 'kysely';
import type { Tx } from '../database/connect.ts';
import { JOB_NAMES } from './queue.ts';
import { MAX_DELAY_SECONDS } from './retry-later.ts';

const TOLERANCE_SECONDS = 60;

/**
 * Jobs that were written or begun while the database's clock was ahead would wait until that time, and no other job with
 * their key could be enqueued: they start now. A worker that died meanwhile would be noticed only then, too, and so pg-boss
 * looks for one again.
 */
export async function startFutureJobs(tx: Tx): Promise<void> {
  const names = [...JOB_NAMES];
  await sql`
    update pgboss.job set start_after = now()
    where name = any(${names}) and state < 'active' and not blocked
      and start_after > now() + make_interval(secs => ${MAX_DELAY_SECONDS + TOLERANCE_SECONDS})`.execute(tx);
  await sql`
    update pgboss.job set heartbeat_on = now()
    where name = any(${names}) and policy = 'exclusive' and state <= 'active' and state = 'active'
      and heartbeat_on > now() + make_interval(secs => ${TOLERANCE_SECONDS})`.execute(tx);
  await sql`
    update pgboss.queue set monitor_on = null, monitor_claim_on = null, maintain_on = null
    where name = any(${names})
      and greatest(monitor_on, monitor_claim_on, maintain_on) > now() + make_interval(secs => ${TOLERANCE_SECONDS})`.execute(
    tx,
  );
}
