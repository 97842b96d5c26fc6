import { countOf } from '../../count-of.ts';
import { describeTime } from '../../week.ts';
import { sql } from 'kysely';
import { DUE_SINCE } from './job-age.ts';
import { listProcesses } from '../../installation/processes.ts';
import type { Context } from '../../context.ts';
import { hasMissedItsWeek } from '../../issues/record/send-time.ts';
import { listUndecidedDeliveries } from '../../sending/deliveries/list-undecided.ts';
import { describeLane } from '../../sending/lane-control/describe-lane.ts';
import { type LaneState, loadLanes, waitsForStaff } from '../../sending/lane-control/load-lanes.ts';
import { listLanes } from '../../sending/lanes/lanes.ts';
import { countActiveReaders } from './check-context.ts';
import type { CheckContext } from './check-context.ts';
import { describeAge, type Finding, fault, fine, warning } from './finding.ts';

const LATE_MS = 10 * 60_000;
const MANY_FAILURES = 10;

/** Which processes run. Without a worker nothing is drafted, sent or confirmed. */
export async function checkProcesses({ context: { db }, isReal }: CheckContext): Promise<Finding[]> {
  const processes = await listProcesses(db);
  const versions = new Set(processes.map(({ version }) => version));
  const count = (role: string) => processes.filter((process) => [role, 'both'].includes(process.role)).length;
  const message = `${count('web')} with pages, ${count('worker')} with a worker`;
  const start = 'Start one: `verdicts start --only worker`, or without --only for everything in one process.';
  if (count('worker') === 0) {
    const none = 'no worker runs, so nothing is drafted, sent or confirmed';
    return [isReal ? fault('processes', none, start) : warning('processes', none, 'Run `npm start`.')];
  }
  return [
    versions.size > 1
      ? warning(
          'processes',
          `${message}, of versions ${[...versions].join(' and ')}`,
          'Restart those of the older version; both may run side by side only for a few minutes, during an update.',
        )
      : fine('processes', message),
  ];
}

/**
 * These jobs are all due at once and may take hours, as fast as Resend's limits allow. Other checks find out if they
 * are stopped.
 */
function isPaced(queue: string): boolean {
  return queue.startsWith('send-batch') || queue === 'send-digest-copy';
}

/** Jobs that should have run long ago, and those that fail again and again. */
export async function checkQueue({ context: { db } }: CheckContext): Promise<Finding[]> {
  const { rows } = await sql<{ name: string; jobs: number; age_ms: number; failing: number }>`
    select name, count(*) filter (where ${DUE_SINCE} <= now())::int as jobs,
      coalesce((extract(epoch from now() - min(${DUE_SINCE}) filter (where ${DUE_SINCE} <= now())) * 1000)::float8, 0) as age_ms,
      count(*) filter (where (data ->> 'failures')::int >= ${MANY_FAILURES})::int as failing
    from pgboss.job where state < 'active' and (${DUE_SINCE} <= now() or (data ->> 'failures')::int >= ${MANY_FAILURES})
    group by name order by age_ms desc`.execute(db);
  const late = rows.filter(({ name, age_ms }) => age_ms > LATE_MS && !isPaced(name));
  const failing = rows.filter(({ failing }) => failing > 0);
  const findings = [
    ...late.map(({ name, jobs, age_ms }) =>
      fault(
        'queue',
        `${jobs} ${name} ${jobs === 1 ? 'job waits' : 'jobs wait'}, the first one for ${describeAge(age_ms)}`,
        'Check above whether a worker runs, and look in its log for what fails.',
      ),
    ),
    ...failing.map(({ name, failing }) =>
      warning(
        'queue',
        `${failing} ${name} ${failing === 1 ? 'job has' : 'jobs have'} failed ${MANY_FAILURES} times or more`,
        'The log of the workers says why; they keep trying.',
      ),
    ),
  ];
  const jobs = rows.reduce((sum, row) => sum + row.jobs, 0);
  return findings.length > 0
    ? findings
    : [fine('queue', jobs > 0 ? `${jobs} due, none late` : 'nothing waits')];
}

export async function checkReaders({ context: { db } }: CheckContext): Promise<Finding[]> {
  const count = await countActiveReaders(db);
  return [
    count > 0
      ? fine('readers', `${count} active`)
      : warning(
          'readers',
          'none is active',
          'Import them with `verdicts subscribers import`, or wait for sign-ups.',
        ),
  ];
}

export async function checkIssues({ context: { config, db, now } }: CheckContext): Promise<Finding[]> {
  const stopped = await db
    .selectFrom('issues')
    .select(['week', 'status', 'status_reason', 'resume_at', 'drafted_at', 'send_at'])
    .where('status', 'in', ['paused', 'held'])
    .orderBy('week')
    .execute();
  return stopped.length === 0
    ? [fine('issues', 'none held or paused')]
    : stopped.map((issue) => {
        const { week, status, status_reason, resume_at } = issue;
        if (resume_at) {
          return fine(
            'issues',
            `${week} is paused: ${status_reason}; it resumes at ${describeTime(resume_at)}`,
          );
        }
        const release = hasMissedItsWeek(config, issue, now()) ? '`send`, `move`' : '`release`';
        return warning(
          'issues',
          `${week} is ${status}: ${status_reason ?? ''}`,
          status === 'held'
            ? `\`verdicts issue check ${week}\`, then ${release} or \`skip\` it.`
            : `Fix the cause, then \`verdicts issue resume ${week}\`.`,
        );
      });
}

/** Lanes that are paused or refused. */
export async function checkLanes({ context }: CheckContext): Promise<Finding[]> {
  const lanes = await loadLanes(context);
  const findings = lanes.flatMap((lane) => describeTrouble(lane, { isOnly: lanes.length === 1 }));
  return findings.length === 0 && lanes.length > 1
    ? [fine('lanes', `${lanes.length}, none paused`)]
    : findings;
}

function describeTrouble(lane: LaneState, { isOnly }: { isOnly: boolean }): Finding[] {
  const { number, domain, paused_at, resume_at, refused_reason } = lane;
  if (isOnly && !paused_at && refused_reason !== null) {
    return [
      fault(
        'sending',
        `all sending is stopped: ${refused_reason}`,
        'Fix the cause. Other mails then resume by themselves; resume issues with `verdicts issue resume`.',
      ),
    ];
  }
  const message = `lane ${number} (${domain}) is ${describeLane(lane).state}`;
  if (waitsForStaff(lane) || refused_reason !== null) {
    return [fault('lanes', message, `Fix the cause, then \`verdicts lanes resume ${number}\`.`)];
  }
  return resume_at ? [warning('lanes', message, 'It resumes by itself.')] : [];
}

/** Batches that Resend may have accepted from a lane that is no longer in the settings. */
async function findStrandedBatches({ config, db }: Context): Promise<Finding[]> {
  const known = listLanes(config).map(({ number }) => number);
  const stranded = await db
    .selectFrom('batches')
    .select(({ fn }) => ['lane', fn.countAll<number>().as('batches')])
    .where('status', '=', 'submitting')
    .where('lane', 'not in', known)
    .groupBy('lane')
    .execute();
  return stranded.map(({ lane, batches }) =>
    fault(
      'lanes',
      `${batches} ${batches === 1 ? 'batch' : 'batches'} of lane ${lane}, which is no longer in the settings, may have been sent`,
      `Put the settings of lane ${lane} back until they are settled.`,
    ),
  );
}

const UNDECIDED = {
  unknown: {
    one: 'has an unknown outcome',
    many: 'have an unknown outcome',
    commands: '`count-as-sent` or `send-again`',
  },
  failed: {
    one: 'was accepted by Resend, but not sent',
    many: 'were accepted by Resend, but not sent',
    commands: '`send-again`',
  },
} as const;

/** Mails about which staff must decide. */
export async function checkSending({ context }: CheckContext): Promise<Finding[]> {
  const stranded = await findStrandedBatches(context);
  if (stranded.length > 0) {
    return stranded;
  }
  const undecided = await listUndecidedDeliveries(context.db);
  return undecided.length === 0
    ? [fine('sending', 'no mail has an unknown outcome, and none failed')]
    : undecided.map(({ week, status, count }) => {
        const { one, many, commands } = UNDECIDED[status];
        return warning(
          'sending',
          countOf(count, `mail of ${week} ${one}`, `mails of ${week} ${many}`),
          `\`verdicts issue recipients ${week} --status ${status}\`, then ${commands}.`,
        );
      });
}
