#!/bin/sh
# Dumps the database to BACKUP_FOLDER and deletes dumps older than BACKUP_DAYS, but never the newest three. With `once`
# it does so once and ends; otherwise it keeps running and dumps whenever the newest dump is a day old. A dump gets its
# name only when it is complete.
set -eu
folder=${BACKUP_FOLDER:?Set BACKUP_FOLDER}
days=${BACKUP_DAYS:-14}
case $days in '' | *[!0-9]* | 0) echo "BACKUP_DAYS must be a whole number of at least 1, not $days" >&2 && exit 2 ;; esac
umask 077

# Another run may have deleted one of them in the meantime.
delete_old() {
  find "$folder" -maxdepth 1 -name '.unfinished-*' -mmin +1440 -delete 2>/dev/null || true
  find "$folder" -maxdepth 1 -name 'verdicts-*.dump' | sort -r | tail -n +4 | while read -r old; do
    find "$old" -mtime +"$((days - 1))" -delete 2>/dev/null || true
  done
}

back_up() {
  # Read each time: it may have been changed.
  if [ -n "${PASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(tr -d '\r\n' <"$PASSWORD_FILE")
    export PGPASSWORD
  fi
  # First, so that a full disk has room again.
  delete_old
  name=verdicts-$(date -u +%Y-%m-%dT%H%M%SZ).dump
  unfinished=$folder/.unfinished-$$
  if ! pg_dump --no-password --format=custom --file "$unfinished"; then
    rm -f "$unfinished"
    return 1
  fi
  mv "$unfinished" "$folder/$name"
  echo "Backed up to $name"
  delete_old
}

if [ "${1:-}" = once ]; then
  back_up || {
    echo 'The backup failed' >&2
    exit 1
  }
  exit
fi
while :; do
  if [ -z "$(find "$folder" -maxdepth 1 -name 'verdicts-*.dump' -mmin -1440)" ] && ! back_up; then
    echo 'The backup failed; the next attempt is in ten minutes' >&2
  fi
  sleep 600
done
