#!/usr/bin/env bash
# node-cron 4.6.0: one would guess that a task of every minute goes on running every minute when a time server sets the machine's
# clock back, as crond's does for jobs with wildcards. It waits until the clock is again where it was: after a clock that was a day
# ahead is corrected, nothing runs for a day, and nothing is logged. A task that is scheduled after the correction runs at once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-cron@4.6.0 @sinonjs/fake-timers@15.0.0
cat >count.cjs <<'JS'
const clock = require('@sinonjs/fake-timers').install({ now: new Date('2026-11-25T13:30:30Z') });
const cron = require('node-cron');
const lines = [];
const log = (line) => void lines.push(line);
const logger = { info: log, warn: log, error: log, debug: log };
const runs = { before: 0, after: 0 };
const schedule = (name) => cron.schedule('* * * * *', () => void (runs[name] += 1), { timezone: 'Etc/UTC', logger });
(async () => {
  schedule('before');
  await clock.tickAsync(5 * 60_000);
  const then = runs.before;
  clock.setSystemTime(new Date(Date.now() - 24 * 60 * 60_000));
  schedule('after');
  await clock.tickAsync(23 * 60 * 60_000);
  console.log(then, runs.before - then, runs.after, lines.length);
  process.exit();
})();
JS
read -r first old new lines < <(TZ=UTC node count.cjs)
echo "node-cron 4.6.0, every minute: $first runs in 5 minutes; clock set back by a day; in the next 23 hours the same task ran $old times, a new one $new times, $lines log lines"
[ "$first" = 5 ] && [ "$old" = 0 ] && [ "$new" = 1380 ] && [ "$lines" = 0 ]
