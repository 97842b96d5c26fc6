import { sql } from 'kysely';
import type pg from 'pg';
import type { Context } from '../../context.ts';
import { cachePerScope } from '../../concurrency/cache.ts';
import { findBlocker } from '../../installation/blocker.ts';
import { listProcesses, SILENT_SECONDS } from '../../installation/processes.ts';
import type { Reading } from '../../metrics/prometheus.ts';
import { loadTalliesOf, type ToolTally } from '../../votes/tally/load-tallies.ts';
import { countFittingBackups, findNewestBackup } from '../checks/check-storage.ts';
import { readLanes, readSending } from './_sending-gauges.ts';
import { DUE_SINCE } from '../checks/job-age.ts';
import { findOverdueIssue } from '../checks/find-overdue.ts';
import { findNextSendTime } from '../../issues/record/next-send-time.ts';

/** Limits how often the database is read, however many scrapers ask and however often. */
const cached = cachePerScope<Reading[]>({ max: 1, ttl_ms: 5_000 });

/** The gauges that Prometheus reads about the database and this process's connections, with a few cheap statements. */
export async function readGauges(context: Context): Promise<Reading[]> {
  const shared = await cached(context.db, 'gauges', async () => [
    ...(await readQueue(context)),
    ...(await readLanes(context)),
    ...(await readSending(context)),
    ...(await readVotes(context)),
    ...(await readTimetable(context)),
    ...(await readProcessesAndStorage(context)),
  ]);
  return [...shared, ...readPools(context)];
}

async function readQueue({ db }: Context): Promise<Reading[]> {
  const { rows } = await sql<{ name: string; due: number; waiting: number; active: number; age: number }>`
    select queue.name, coalesce(due, 0)::int as due, coalesce(waiting, 0)::int as waiting,
      coalesce(active, 0)::int as active, coalesce(age, 0)::float8 as age
    from pgboss.queue left join (
      select name, count(*) filter (where state < 'active' and start_after <= now()) as due,
        count(*) filter (where state < 'active' and start_after > now()) as waiting,
        count(*) filter (where state = 'active') as active,
        extract(epoch from now() - min(${DUE_SINCE}) filter (where state < 'active' and ${DUE_SINCE} <= now())) as age
      from pgboss.job where state in ('created', 'retry', 'active') group by name
    ) as jobs on jobs.name = queue.name
    where queue.name not like E'\\\\_\\\\_%' order by queue.name`.execute(db);
  const by = (value: (row: (typeof rows)[number]) => number) =>
    new Map(rows.map((row) => [row.name, value(row)]));
  const label = 'queue';
  return [
    { name: 'queue_due_jobs', help: 'Jobs that could run now', label, values: by(({ due }) => due) },
    {
      name: 'queue_waiting_jobs',
      help: 'Jobs that run later, such as retries',
      label,
      values: by(({ waiting }) => waiting),
    },
    { name: 'queue_active_jobs', help: 'Jobs that a worker runs', label, values: by(({ active }) => active) },
    {
      name: 'queue_age_seconds',
      help: 'How long the oldest job has waited, whether it was tried or not',
      label,
      values: by(({ age }) => age),
    },
  ];
}

async function readVotes({ db }: Context): Promise<Reading[]> {
  const open = await db
    .selectFrom('issues')
    .select('id')
    .where('voting_closed_at', 'is', null)
    .where('prepared_at', 'is not', null)
    .execute();
  const tallies = await loadTalliesOf(
    db,
    open.map(({ id }) => id),
  );
  const tools = [...tallies.values()].flat().filter(({ is_frozen }) => !is_frozen);
  const sum = (value: (tool: ToolTally) => number) => tools.reduce((total, tool) => total + value(tool), 0);
  const values = new Map([
    ['counted', sum(({ ship, skip }) => ship + skip)],
    ['held', sum(({ held }) => held)],
  ]);
  return [
    {
      name: 'open_votes',
      help: 'Votes on issues whose voting is open, counted or held',
      label: 'state',
      values,
    },
  ];
}

async function readTimetable(context: Context): Promise<Reading[]> {
  const { db, now } = context;
  const overdue = await findOverdueIssue(context);
  const { sent_at } = await db
    .selectFrom('issues')
    .select(({ fn }) => fn.max('sent_at').as('sent_at'))
    .executeTakeFirstOrThrow();
  return [
    {
      name: 'blocked',
      help: '1 while nothing is mailed because the database was moved or the clock is wrong',
      values: Number((await findBlocker(db)) !== undefined),
    },
    {
      name: 'issue_overdue_seconds',
      help: 'How long ago the issue that has not gone out was due; 0 if none is overdue',
      values: overdue ? (now().getTime() - overdue.since.getTime()) / 1_000 : 0,
    },
    {
      name: 'next_send_timestamp_seconds',
      help: 'When the next issue goes out',
      values: (await findNextSendTime(context)).at.getTime() / 1_000,
    },
    {
      name: 'last_sent_timestamp_seconds',
      help: 'When the last issue finished going out; 0 if none has',
      values: (sent_at?.getTime() ?? 0) / 1_000,
    },
  ];
}

async function readProcessesAndStorage({ config, db }: Context): Promise<Reading[]> {
  const processes = Map.groupBy(await listProcesses(db), ({ role }) => role);
  const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(
    db,
  );
  const backup = config.backupFolder === undefined ? undefined : await findNewestBackup(config.backupFolder);
  const fitting =
    config.backupFolder === undefined ? undefined : await countFittingBackups(config.backupFolder);
  return [
    {
      name: 'processes',
      help: `Processes that reported within the last ${SILENT_SECONDS} seconds, by role`,
      label: 'role',
      values: new Map(
        (['web', 'worker', 'both'] as const).map((role) => [role, processes.get(role)?.length ?? 0]),
      ),
    },
    { name: 'database_bytes', help: 'Size of the database', values: rows[0]?.bytes ?? 0 },
    ...(config.backupFolder === undefined
      ? []
      : [
          {
            name: 'backup_age_seconds',
            help: 'Age of the newest backup',
            values: backup ? (Date.now() - backup.getTime()) / 1_000 : Number.POSITIVE_INFINITY,
          },
          ...(fitting === undefined
            ? []
            : [
                {
                  name: 'backups_fitting',
                  help: 'How many more backups of the size of the newest fit on its disk',
                  values: fitting,
                },
              ]),
        ]),
  ];
}

function readPools({ pools }: Context): Reading[] {
  const opened = Object.entries(pools()).flatMap(([name, pool]) => (pool ? [[name, pool] as const] : []));
  const reading = (name: string, help: string, count: (pool: pg.Pool) => number): Reading => ({
    name,
    help,
    label: 'pool',
    values: new Map(opened.map(([name, pool]) => [name, count(pool)])),
  });
  return [
    reading('pool_connections', 'Open connections to PostgreSQL', ({ totalCount }) => totalCount),
    reading('pool_idle_connections', 'Open connections that are idle', ({ idleCount }) => idleCount),
    reading(
      'pool_waiting_requests',
      'Statements that wait for a connection',
      ({ waitingCount }) => waitingCount,
    ),
  ];
}
