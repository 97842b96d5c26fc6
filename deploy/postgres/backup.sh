#!/bin/sh
# Dumps the database to BACKUP_FOLDER and keeps the newest BACKUPS_KEPT; then again every day, unless `once` is the argument. A dump
# has its name only when it is complete.
set -eu
folder=${BACKUP_FOLDER:?}
kept=${BACKUPS_KEPT:-14}
[ -z "${PASSWORD_FILE:-}" ] || PGPASSWORD=$(cat "$PASSWORD_FILE")
export PGPASSWORD
umask 077

while :; do
  name=verdicts-$(date -u +%Y-%m-%dT%H%M%SZ).dump
  if pg_dump --format=custom --file "$folder/.unfinished"; then
    mv "$folder/.unfinished" "$folder/$name"
    echo "Backed up to $name"
    ls -1 "$folder" | grep '^verdicts-.*\.dump$' | sort -r | tail -n +"$((kept + 1))" | while read -r old; do
      rm -- "$folder/$old"
    done
    status=0
  else
    echo 'The backup failed; the next try is in ten minutes' >&2
    status=1
  fi
  [ "${1:-}" != once ] || exit "$status"
  [ "$status" = 0 ] && sleep 86400 || sleep 600
done
