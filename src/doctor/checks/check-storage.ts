import { promises as fs } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { countActiveReaders } from './check-context.ts';
import type { CheckContext } from './check-context.ts';
import { describeAge, type Finding, fault, fine, warning } from './finding.ts';

const GIGABYTE = 1e9;
/**
 * The space that one issue takes for each reader, with votes and their evidence (docs/scale.md); and how many issues
 * should still fit.
 */
const BYTES_PER_READER = 700;
const ISSUES_AHEAD = 8;
const DAY_MS = 86_400_000;
/** Fewer than this are a warning: a full disk ends the backups, and often more. */
const FITTING_BACKUPS = 3;
/** Even the dump of an empty installation is larger. */
const MIN_BACKUP_BYTES = 1_000;

/** The size of the database, and how much space is left on its disk, if this machine can see it. */
export async function checkDisk({ context: { db } }: CheckContext): Promise<Finding[]> {
  const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(
    db,
  );
  const bytes = rows[0]?.bytes ?? 0;
  const readers = await countActiveReaders(db);
  const needed = readers * BYTES_PER_READER * ISSUES_AHEAD + GIGABYTE;
  const size = `the database takes ${inGigabytes(bytes)}`;
  const folder = await findDataFolder(db);
  const fileSystem = folder === undefined ? undefined : await fs.statfs(folder).catch(() => undefined);
  if (!fileSystem) {
    return [
      fine(
        'disk',
        `${size}; the next ${ISSUES_AHEAD} issues need ${inGigabytes(needed)}; the free space of the server cannot be seen from here`,
      ),
    ];
  }
  const free = fileSystem.bavail * fileSystem.bsize;
  const message = `${size}, ${inGigabytes(free)} are free; the next ${ISSUES_AHEAD} issues need ${inGigabytes(needed)}`;
  const advice = 'Enlarge the disk; docs/scale.md says how much is needed.';
  if (free < GIGABYTE) {
    return [fault('disk', message, advice)];
  }
  return [free < needed ? warning('disk', message, advice) : fine('disk', message)];
}

/** Undefined if the role may not see where the data is, or if the server may be on another machine. */
async function findDataFolder(db: CheckContext['context']['db']): Promise<string | undefined> {
  const { rows } = await sql<{ folder: string | null; is_local: boolean }>`
    select current_setting('data_directory', true) as folder,
      coalesce(inet_server_addr() <<= '127.0.0.0/8' or inet_server_addr() = '::1', true) as is_local`
    .execute(db)
    .catch(() => ({ rows: [] }));
  const [found] = rows;
  return found?.is_local ? (found.folder ?? undefined) : undefined;
}

/** How old the newest backup is: the newest file in BACKUP_FOLDER, or else the newest WAL that the server archived. */
export async function checkBackups({ context, isReal }: CheckContext): Promise<Finding[]> {
  const { config, db } = context;
  const advice = 'Find out why, and make one now (docs/runbook.md#backupisold).';
  const archiving = await findArchiving(db);
  if (config.backupFolder !== undefined) {
    const [newest, previous] = await listBackups(config.backupFolder);
    if (newest === undefined) {
      return [
        fault('backups', `BACKUP_FOLDER (${config.backupFolder}) has no backup, or cannot be read`, advice),
      ];
    }
    const age_ms = Date.now() - newest.mtime.getTime();
    const fitting = (await countFittingBackups(config.backupFolder)) ?? Number.POSITIVE_INFINITY;
    const room =
      fitting < FITTING_BACKUPS ? `, and there is no room for ${FITTING_BACKUPS} more of its size` : '';
    const message = `the newest is ${describeAge(age_ms)} old${room}`;
    if (age_ms > 3 * DAY_MS) {
      return [fault('backups', message, advice)];
    }
    if (previous && newest.size < previous.size / 2) {
      return [
        warning(
          'backups',
          `${message}, and less than half the size of the one before`,
          'Check whether it is complete: `pg_restore --list FILE`.',
        ),
      ];
    }
    if (room !== '') {
      return [warning('backups', message, 'Enlarge the disk of BACKUP_FOLDER, or keep fewer (BACKUP_DAYS).')];
    }
    return [age_ms > 1.25 * DAY_MS ? warning('backups', message, advice) : fine('backups', message)];
  }
  if (archiving) {
    return [judgeArchiving(archiving)];
  }
  return [
    isReal
      ? warning(
          'backups',
          'it is not known whether there are any',
          'Set BACKUP_FOLDER to the folder in which they are written; PostgreSQL holds the only state there is.',
        )
      : fine('backups', 'none; this is a laptop'),
  ];
}

interface Archiving {
  archived_at: Date | null;
  failed_at: Date | null;
}

/** Undefined unless the server archives its WAL. */
async function findArchiving(db: CheckContext['context']['db']): Promise<Archiving | undefined> {
  const { rows } = await sql<Archiving>`
    select last_archived_time as archived_at, last_failed_time as failed_at from pg_stat_archiver
    where current_setting('archive_mode') <> 'off'`.execute(db);
  return rows[0];
}

/**
 * Without archive_timeout only full segments are archived; but our jobs write every minute, so a day without any is
 * suspicious.
 */
export function judgeArchiving({ archived_at, failed_at }: Archiving, now = new Date()): Finding {
  const advice =
    'Look at the log of PostgreSQL, and at its archive_command or archive_library: until this is fixed, WAL fills the disk.';
  const ago = (at: Date) => `${describeAge(now.getTime() - at.getTime())} ago`;
  if (failed_at && (!archived_at || failed_at > archived_at)) {
    const last = archived_at ? `; it last succeeded ${ago(archived_at)}` : '';
    return fault('backups', `the server could not archive WAL ${ago(failed_at)}${last}`, advice);
  }
  if (!archived_at) {
    return warning('backups', 'the server has archived no WAL yet', advice);
  }
  const message = `the server archived WAL ${ago(archived_at)}`;
  const age_ms = now.getTime() - archived_at.getTime();
  return age_ms > 3 * DAY_MS
    ? fault('backups', message, advice)
    : age_ms > DAY_MS
      ? warning('backups', message, advice)
      : fine('backups', message);
}

/** The time of the newest file that can be a backup: not hidden, not nearly empty, not from the future. */
export async function findNewestBackup(folder: string): Promise<Date | undefined> {
  const [newest] = await listBackups(folder);
  return newest?.mtime;
}

/** How many backups of the size of the newest one still fit on the disk; undefined if there is none. */
export async function countFittingBackups(folder: string): Promise<number | undefined> {
  const [newest] = await listBackups(folder);
  const fileSystem = await fs.statfs(folder).catch(() => undefined);
  return newest && fileSystem && (fileSystem.bavail * fileSystem.bsize) / newest.size;
}

async function listBackups(folder: string) {
  const names = await fs.readdir(folder).catch(() => []);
  const found = await Promise.allSettled(
    names.filter((name) => !name.startsWith('.')).map((name) => fs.stat(path.join(folder, name))),
  );
  return found
    .flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    .filter(
      (file) => file.isFile() && file.size >= MIN_BACKUP_BYTES && file.mtime.getTime() < Date.now() + DAY_MS,
    )
    .toSorted((a, b) => b.mtime.getTime() - a.mtime.getTime());
}

function inGigabytes(bytes: number): string {
  return `${(bytes / GIGABYTE).toFixed(1)} GB`;
}
