import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { sql } from 'kysely';
import packageFile from '../../package.json' with { type: 'json' };
import type { Db } from '../database/connect.ts';

/** Without `--only` a process is both. */
export type ProcessRole = 'web' | 'worker' | 'both';

export interface RunningProcess {
  role: ProcessRole;
  host: string;
  pid: number;
  version: string;
  started_at: Date;
  seen_at: Date;
}

/** How often a process reports; one that is silent for three times as long is gone, or cannot reach the database. */
export const REPORT_EVERY_MS = 15_000;
export const SILENT_SECONDS = (3 * REPORT_EVERY_MS) / 1_000;

/** Reports that this process runs, by the database's clock, and forgets those that have been silent for a day. */
export function createReporter(
  db: Db,
  role: ProcessRole,
): { report: () => Promise<void>; end: () => Promise<void> } {
  const id = randomUUID();
  return {
    report: async () => {
      await sql`
        insert into processes (id, role, host, pid, version, started_at, seen_at)
        values (${id}, ${role}, ${hostname()}, ${process.pid}, ${packageFile.version}, now(), now())
        on conflict (id) do update set seen_at = excluded.seen_at`.execute(db);
      // Another process with our host name and pid has ended, unless containers share the name: then it still reports.
      await sql`
        delete from processes where seen_at < now() - interval '1 day'
          or (host = ${hostname()} and pid = ${process.pid} and id <> ${id}
            and seen_at < now() - make_interval(secs => ${(1.5 * REPORT_EVERY_MS) / 1_000}))`.execute(db);
    },
    end: async () => {
      await db.deleteFrom('processes').where('id', '=', id).execute();
    },
  };
}

/** Processes that reported within the last `SILENT_SECONDS`. */
export async function listProcesses(db: Db): Promise<RunningProcess[]> {
  return db
    .selectFrom('processes')
    .select(['role', 'host', 'pid', 'version', 'started_at', 'seen_at'])
    .where('seen_at', '>', sql<Date>`now() - make_interval(secs => ${SILENT_SECONDS})`)
    .orderBy('started_at')
    .execute();
}
