import { sql } from 'kysely';

/** Waits on purpose, for hours or days: until nothing uses a past issue's tables, and until votes are counted. */
const PATIENT = 'forget-evidence';

/**
 * Since when a job of `pgboss.job` should have run. Every job is due when it is enqueued; one that fails is retried later and later, which
 * must not make it look as if nothing waited.
 */
export const DUE_SINCE = sql`case when name = ${sql.lit(PATIENT)} then start_after else least(created_on, start_after) end`;
