import cron from 'node-cron';

const WATCH_EVERY_MS = 10_000;
/** A clock that a time server corrects moves by milliseconds. */
const SET_MS = 2_000;

/**
 * Calls `act` at the start of every minute, one call at a time. Sets the whole process to UTC: in a time zone with
 * daylight saving, node-cron stops for an hour or two when it ends in autumn, even if its own `timezone` is UTC. It also waits for a
 * time that it has computed: once the clock is set back, for as long as that, so a task that was scheduled before is replaced.
 */
export function startMinuteTimer(act: () => Promise<void>): () => Promise<void> {
  process.env.TZ = 'UTC';
  let isActing = false;
  const actOnce = async () => {
    if (!isActing) {
      isActing = true;
      await act().finally(() => {
        isActing = false;
      });
    }
  };
  const schedule = () =>
    cron.schedule('* * * * *', actOnce, { timezone: 'Etc/UTC', suppressMissedWarning: true });
  let task = schedule();
  let known = offset();
  const watching = setInterval(() => {
    if (Math.abs(offset() - known) > SET_MS) {
      known = offset();
      void task.destroy();
      task = schedule();
    }
  }, WATCH_EVERY_MS).unref();
  return async () => {
    clearInterval(watching);
    await task.destroy();
  };
}

/** Of the wall clock against the time since this process began, which nobody sets. */
function offset(): number {
  return Date.now() - performance.now();
}
