import { AppError } from '../../src/errors.ts';
import { findFreePort } from '../support/free-port.ts';
import { detectMove, recordIdentity } from '../../src/installation/identity.ts';
import { reconcile } from '../../src/sending/restore/reconcile.ts';
import { sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { cancelIssue } from '../../src/sending/control/cancel-issue.ts';
import { type Combination, type FaultName, FAULTS } from './combinations.ts';
import { type SeededRandom, seededRandom } from '../support/seeded-random.ts';
import { advanceClock } from '../support/advance-clock.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { areEventsDelivered, expireDeadJobs, isIssueFinished, waitForDisconnect } from './advance-timers.ts';
import {
  findDecision,
  runUntilCrash,
  runToCompletion,
  type Run,
  type RandomChoices,
  waitUntil,
} from './run-process.ts';
import { findViolations } from './check-invariants.ts';
import type { CrashableServer, CrashableServerPool } from './crashable-server-pool.ts';
import { letSomeReadersLeave } from './readers.ts';
import { restoreDump, takeDump } from './dump.ts';
import type { Sender, SenderPool } from './sender-pool.ts';
import { openFixture } from './fixture.ts';
import { stopDroppingEvents, WEEK } from './template.ts';

/** What all combinations of a test run share. */
export interface SharedResources {
  server: string;
  template: string;
  senders: SenderPool;
  crashableServers: CrashableServerPool;
}

const PAUSING: FaultName[] = ['daily-quota', 'monthly-quota', 'unauthorized'];
const DAY_AND_AN_HOUR_MS = 25 * 3_600_000;

/** Runs one combination from preparing to the last event; returns descriptions of the violations found. */
export async function runCombination(
  shared: SharedResources,
  combination: Combination,
  seed: string,
): Promise<string[]> {
  const runOn = async (crashableServer?: CrashableServer) =>
    runToTheEnd(await openRun(shared, combination, seed, crashableServer));
  const killsPostgres = combination.crashes.some(({ kind }) => kind === 'PostgreSQL killed');
  return killsPostgres ? shared.crashableServers.use(runOn) : runOn();
}

async function runToTheEnd(run: Run): Promise<string[]> {
  const { fixture, combination, choices } = run;
  const closing = new AbortController();
  const deliverEvents = () => fixture.outbox.deliverWebhooks(closing.signal);
  let delivering = choices.events_arrive === 'during sending' ? deliverEvents() : undefined;
  try {
    for (const [index, crash] of combination.crashes.entries()) {
      await runUntilCrash(run, crash, index);
      await restart(run, index);
    }
    const sender = await (combination.restart === 'restored'
      ? completeAndRestore(run)
      : runToCompletion(run));
    const violations = await checkInvariants(
      run,
      choices.events_arrive === 'during sending' ? 'some' : 'none',
    );
    delivering ??= deliverEvents();
    await waitUntil(run, sender, () => areEventsDelivered(fixture));
    await sendUnknownAgain(run, sender);
    return [...violations, ...(await checkInvariants(run, 'all')), ...checkProcesses(run)];
  } finally {
    await Promise.all(run.processes.map((sender) => sender.kill()));
    closing.abort();
    await delivering;
    await run.breakpoint?.release();
    await run.proxy?.close();
    await fixture.close();
  }
}

async function openRun(
  { server, template, senders }: SharedResources,
  combination: Combination,
  seed: string,
  crashableServer: CrashableServer | undefined,
): Promise<Run> {
  const random = seededRandom(`${seed} ${combination.name}`);
  const runsWebApp = combination.crashes.some(({ point }) => point === 'event stored');
  const port = runsWebApp ? await findFreePort() : undefined;
  // Slow enough for staff to act between two batches.
  const callsPerSecond = findDecision(combination) ? 1 : 100;
  const fixture = await openFixture({ server, template, crashableServer, callsPerSecond, webhookPort: port });
  if (combination.fault.startsWith('webhook')) {
    fixture.arm(FAULTS[combination.fault]);
  }
  if (combination.restart === 'next day' || combination.restart === 'restored') {
    await stopDroppingEvents(fixture.outboxDb);
  }
  const choices = makeChoices(combination, random);
  const readers = { eligible: new Map(), departures: new Map() };
  const isDisconnected = combination.crashes.some(({ kind }) => kind === 'disconnected');
  const proxy = isDisconnected ? await openTcpProxy(Number(new URL(fixture.databaseUrl).port)) : undefined;
  return {
    combination,
    choices,
    random,
    fixture,
    senders,
    readers,
    port,
    proxy,
    processes: [],
    had_orphaned_batch: false,
  };
}

function makeChoices(combination: Combination, random: SeededRandom): RandomChoices {
  const { crashes, fault } = combination;
  const [first] = crashes;
  const mustHitCrash =
    first?.point === 'handing back row' ||
    (first?.kind === 'suspended' && first.point === 'response received');
  // A second fault or a second slow call would leave no batch for staff to decide about.
  const mayRepeat = fault !== 'slow' && findDecision(combination) === undefined;
  return {
    fault_at: mustHitCrash || random.chance(0.5) ? 'the crash' : 'recovery',
    fault_times: mayRepeat && random.chance(0.25) ? 2 : 1,
    events_arrive:
      combination.restart !== 'restored' && (first?.point === 'event stored' || random.chance(0.4))
        ? 'during sending'
        : 'after sending',
    successor_starts: random.chance(0.5) ? 'at once' : 'when reconnected',
  };
}

/** What happens between two processes: readers leave, staff decide, time passes. */
async function restart(run: Run, index: number): Promise<void> {
  const { fixture, combination, readers, random } = run;
  if (run.survivor) {
    await expireDeadJobs(fixture.context);
    return;
  }
  if (!run.suspended && !run.proxy) {
    await waitForDisconnect(fixture.context.db, run.blocked_pid);
    // While a process is suspended or disconnected, nobody can say whether it has claimed a reader's batch or still
    // will.
    const isBlocked = run.blocked_pid !== undefined;
    await (index === 0 && letSomeReadersLeave(fixture.context, readers, random, { isBlocked }));
  }
  if (combination.restart === 'next day') {
    await advanceClock(fixture, DAY_AND_AN_HOUR_MS);
  }
  if (combination.restart === 'cancel') {
    await ignoreRefusal(cancelIssue(fixture.context, WEEK));
  }
  await expireDeadJobs(fixture.context);
}

/** Sends everything, restores the database to its state at the crash, and reconciles with Resend. */
async function completeAndRestore(run: Run): Promise<Sender> {
  const { fixture, random, readers } = run;
  const { context } = fixture;
  await takeDump(context.db);
  const departures = new Map(readers.departures);
  const first = await runToCompletion(run);
  await first.kill();
  await waitForDisconnect(context.db);
  await restoreDump(context.db);
  // Readers who left after the dump are back: nothing outside the database records that they left.
  readers.departures = departures;
  if (!(await detectMove(context.db))) {
    throw new Error('the restore was not detected');
  }
  if (random.chance(0.5)) {
    await advanceClock(fixture, DAY_AND_AN_HOUR_MS);
  }
  await reconcile(context);
  await recordIdentity(context.db, context.now());
  await expireDeadJobs(context);
  return runToCompletion(run);
}

/** Runs after Resend's events have settled every mail that was sent; staff then send the remaining ones again. */
async function sendUnknownAgain(run: Run, sender: Sender): Promise<void> {
  const { fixture, combination } = run;
  if (combination.restart === 'next day' || combination.restart === 'restored') {
    await ignoreRefusal(sendAgain(fixture.context, WEEK, { status: 'unknown', by: 'test' }));
    await waitUntil(run, sender, () => isIssueFinished(fixture.context.db));
    await waitUntil(run, sender, () => areEventsDelivered(fixture));
  }
}

function checkInvariants(
  { fixture, readers, combination }: Run,
  events: 'none' | 'some' | 'all',
): Promise<string[]> {
  const was_late = combination.restart === 'next day' || combination.restart === 'restored';
  return findViolations(fixture, readers, { was_late, unknown: was_late && events !== 'all', events });
}

/** No process ends by itself; and every due batch has a job, except when an issue is resumed while a job ends. */
function checkProcesses({ processes, had_orphaned_batch, combination }: Run): string[] {
  const wasResumed = PAUSING.includes(combination.fault) || findDecision(combination) === 'pause';
  return [
    ...processes
      .filter((sender) => ![undefined, 'SIGKILL'].includes(sender.exitStatus()?.toString()))
      .map((sender) => `a process ended with ${sender.exitStatus()}: ${sender.stderr()}`),
    ...(had_orphaned_batch && !wasResumed ? ['a batch was due but had no job'] : []),
  ];
}

/** Ignores a refusal: there may be nothing left to decide about. */
async function ignoreRefusal(decision: Promise<unknown>): Promise<void> {
  await decision.catch((error: unknown) => {
    if (!(error instanceof AppError)) {
      throw error;
    }
  });
}
