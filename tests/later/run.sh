#!/usr/bin/env bash
# Runs the tests as they will run later: `npm run test:later -- 400 tests/doctor` in 400 days, any other argument is vitest's.
# Whatever a test starts and with whatever environment, PostgreSQL, browsers and commands, gets that date: the dynamic linker
# preloads calendar.c into every program of a mount namespace that asks libc for the time (Caddy and Prometheus do not).
# Needs root, and a C compiler (`apt-get install gcc libc6-dev`). Run it in a clone of its own: there, what other runs have prepared
# and builds that a running `npm start` uses would look too old.
set -euo pipefail
cd "$(dirname "$0")/../.."

days=${1:?How many days from now?}
shift
# Where programs that see only a part of the file system find it as well.
folder=$(mktemp -d /usr/local/lib/verdicts-later-XXXXXX)
# What the tests keep from run to run, a template and builds, is of that date as well.
trap 'rm -rf "$folder" node_modules/.cache/weekly-verdicts*' EXIT
chmod 755 "$folder"
cc -shared -fPIC -O1 -DSECONDS_FILE="\"$folder/seconds\"" -o "$folder/calendar.so" tests/later/calendar.c
echo $((days * 86400)) >"$folder/seconds"
echo "$folder/calendar.so" >"$folder/preload"
# Something to mount on; empty, it changes nothing.
touch /etc/ld.so.preload

unshare --mount bash -c '
  mount --bind "$0/preload" /etc/ld.so.preload
  date
  exec vitest run "$@"' "$folder" "$@"
