#!/usr/bin/env bash
# node-cron 4.6.0: a task of every minute with `timezone: 'Etc/UTC'` goes by UTC, so one would guess that it runs 300 times
# in five hours of any night. On a machine whose own zone has summer time it runs 240 times on the autumn night: it stands
# still while the machine's clock repeats an hour, and reports the sixty minutes as missed when the hour is over. The same
# task runs 300 times when the process has TZ=UTC.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-cron@4.6.0 @sinonjs/fake-timers@15.0.0
cat >count.cjs <<'JS'
const clock = require('@sinonjs/fake-timers').install({ now: new Date('2026-10-24T22:30:00Z') });
const cron = require('node-cron');
let runs = 0;
const logger = { info() {}, warn() {}, error() {}, debug() {} };
cron.schedule('* * * * *', () => void (runs += 1), { timezone: 'Etc/UTC', logger });
clock.tickAsync(5 * 60 * 60_000).then(() => {
  console.log(runs);
  process.exit();
});
JS
berlin=$(TZ=Europe/Berlin node count.cjs)
utc=$(TZ=UTC node count.cjs)
echo "node-cron 4.6.0, every minute, timezone Etc/UTC, 2026-10-24T22:30Z to 03:30Z: TZ=Europe/Berlin $berlin runs, TZ=UTC $utc runs"
[ "$berlin" = 240 ] && [ "$utc" = 300 ]
