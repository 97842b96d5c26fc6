import cron from 'node-cron';

/**
 * Calls `act` at the start of every minute, one call at a time. Sets the whole process to UTC: in a time zone with
 * daylight saving, node-cron stops for an hour or two when it ends in autumn, even if its own `timezone` is UTC.
 */
export function startMinuteTimer(act: () => Promise<void>): () => Promise<void> {
  process.env.TZ = 'UTC';
  const task = cron.schedule('* * * * *', act, { noOverlap: true, timezone: 'Etc/UTC' });
  return async () => task.destroy();
}
