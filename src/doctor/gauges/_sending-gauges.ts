import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import type { Reading } from '../../metrics/prometheus.ts';
import { type LaneState, loadLanes, waitsForStaff } from '../../sending/lane-control/load-lanes.ts';
import { countDeliveries } from '../../sending/deliveries/count-deliveries.ts';
import { listUndecidedDeliveries, type Undecided } from '../../sending/deliveries/list-undecided.ts';

/** The lanes' limits, and whether something stops them. */
export async function readLanes(context: Context): Promise<Reading[]> {
  const lanes = await loadLanes(context);
  const by = (value: (lane: LaneState) => number) =>
    new Map(lanes.map((lane) => [String(lane.number), value(lane)]));
  const label = 'lane';
  return [
    {
      name: 'provider_calls_per_second',
      help: 'The limit that Resend last reported; lanes of one team share it',
      label,
      values: by(({ calls_per_second }) => calls_per_second),
    },
    {
      name: 'sending_stopped',
      help: '1 while Resend refuses the key, the domain or the account',
      label,
      values: by(({ refused_reason }) => Number(refused_reason !== null)),
    },
    {
      name: 'lane_paused',
      help: '1 while a lane is paused until somebody resumes it',
      label,
      values: by((lane) => Number(waitsForStaff(lane))),
    },
    {
      name: 'lane_mails_today',
      help: 'Mails counted against today’s warm-up ceiling',
      label,
      values: by(({ mails_today }) => mails_today),
    },
  ];
}

/** How far the newest issue has been sent, and how many issues have each status. */
export async function readSending({ db }: Context): Promise<Reading[]> {
  const latest = await db
    .selectFrom('issues')
    .select('id')
    .where('prepared_at', 'is not', null)
    .orderBy('prepared_at', 'desc')
    .executeTakeFirst();
  const deliveries = latest ? await countDeliveries(db, latest.id) : {};
  const issues = await db
    .selectFrom('issues')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  const { waiting } = await db
    .selectFrom('issues')
    .select(({ fn }) => fn.countAll<number>().as('waiting'))
    .where('status', 'in', ['held', 'paused'])
    .where('resume_at', 'is', null)
    .executeTakeFirstOrThrow();
  return [
    {
      name: 'latest_issue_deliveries',
      help: 'Mails of the newest prepared issue by status',
      label: 'status',
      values: new Map(Object.entries(deliveries)),
    },
    await readUndecided(db),
    {
      name: 'issues',
      help: 'Issues by status',
      label: 'status',
      values: new Map(issues.map(({ status, count }) => [status, count])),
    },
    {
      name: 'issues_waiting_for_staff',
      help: 'Issues that are held, or paused without a time at which they resume by themselves',
      values: waiting,
    },
  ];
}

async function readUndecided(db: Db): Promise<Reading> {
  const undecided = await listUndecidedDeliveries(db);
  const sumOf = (wanted: Undecided['status']) =>
    undecided.filter(({ status }) => status === wanted).reduce((sum, { count }) => sum + count, 0);
  return {
    name: 'undecided_deliveries',
    help: 'Mails of any issue about which staff must decide, by status',
    label: 'status',
    values: new Map((['unknown', 'failed'] as const).map((status) => [status, sumOf(status)])),
  };
}
