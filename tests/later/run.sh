#!/usr/bin/env bash
# Runs the tests as they will run later: `npm run test:later -- 400 tests/doctor` in 400 days, any other argument is vitest's.
# Whatever a test starts and with whatever environment, PostgreSQL, browsers and commands, gets that date: the dynamic linker
# preloads Debian's faketime into every program of a mount namespace. Needs root, and `apt-get install faketime`.
set -euo pipefail
cd "$(dirname "$0")/../.."

days=${1:?How many days from now?}
shift
library=$(dpkg -L libfaketime | grep '/libfaketimeMT\.so')
folder=$(mktemp -d)
# What the tests keep from run to run is of that date as well.
trap 'rm -r "$folder" node_modules/.cache/weekly-verdicts-postgres-*' EXIT
chmod 755 "$folder"
echo "+${days}d" >"$folder/date"
echo "$library" >"$folder/preload"
chmod 644 "$folder"/*
# Files to mount on; empty, they change nothing.
touch /etc/faketimerc /etc/ld.so.preload

# Only the calendar moves: timers and waits go by the monotonic clock.
FAKETIME_DONT_FAKE_MONOTONIC=1 unshare --mount bash -c '
  mount --bind "$0/date" /etc/faketimerc
  mount --bind "$0/preload" /etc/ld.so.preload
  date
  exec vitest run "$@"' "$folder" "$@"
