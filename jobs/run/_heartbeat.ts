import cron from 'node-cron';

/**
 * Calls `act` at the beginning of every minute, one call at a time. In UTC whatever the machine's zone, and the process
 * with it: where that has summer time, node-cron stands still for an hour or two on the autumn night, even if it is told
 * to go by UTC.
 */
export function startHeartbeat(act: () => Promise<void>): () => Promise<void> {
  process.env.TZ = 'UTC';
  const task = cron.schedule('* * * * *', act, { noOverlap: true, timezone: 'Etc/UTC' });
  return async () => task.destroy();
}
