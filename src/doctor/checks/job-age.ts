import { sql } from 'kysely';

/** Waits on purpose, for hours or days: until nothing uses a past issue's tables, and until votes are counted. */
const PATIENT = 'forget-evidence';

/**
 * Since when a job of `pgboss.job` should have run. Every job is due when it is enqueued; one that fails is retried later and later, which
 * must not make it look as if nothing waited. Null for letters that go out after all others, as fast as Resend's limits allow.
 */
export const DUE_SINCE = sql`case when name = 'send-letter' and priority < 0 then null when name = ${sql.lit(PATIENT)} then start_after
  else least(created_on, start_after) end`;
