import { setTimeout as sleep } from 'node:timers/promises';
import { getIssue } from '../../src/issues/record/issue.ts';
import { type Combination, type Crash, FAULTS, type Point, type RowPoint } from './combinations.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import {
  describeState,
  hasOrphanedBatch,
  makeEventsDue,
  makeRetriesDue,
  isBlocking,
  isIssueFinished,
  PAUSED_BY_STAFF,
  resumeAfterRefusal,
  requeueStalledNow,
} from './advance-timers.ts';
import { letSomeReadersLeave, listEligible, type Readers } from './readers.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { type RowBreakpoint, setRowBreakpoint } from './row-breakpoint.ts';
import type { Sender, SenderPool } from './sender-pool.ts';
import type { Fixture } from './fixture.ts';
import { WEEK } from './template.ts';

/** Random choices, made once for each combination. */
export interface RandomChoices {
  /** Whether the fault hits the call during which the first process dies, or the first call of the last process. */
  fault_at: 'the crash' | 'recovery';
  fault_times: number;
  /** Whether Resend's events arrive while the issue is being sent. */
  events_arrive: 'during sending' | 'after sending';
  /** When another process takes over the work of a disconnected one. */
  successor_starts: 'at once' | 'when reconnected';
}

/** The state of one combination's run. */
export interface Run {
  combination: Combination;
  choices: RandomChoices;
  random: SeededRandom;
  fixture: Fixture;
  senders: SenderPool;
  readers: Readers;
  /** Where the sender receives events, when it also runs the web app. */
  port: number | undefined;
  /** Every process so far; the last is the current one. */
  processes: Sender[];
  /** The process that is suspended and has not resumed yet. */
  suspended?: Sender | undefined;
  /** The process that keeps running although its PostgreSQL was killed. */
  survivor?: Sender | undefined;
  /** Between the first process and PostgreSQL, when that connection is cut for a while. */
  proxy?: TcpProxy | undefined;
  /** When the connection comes back, in terms of `performance.now()`. */
  reconnects_at?: number | undefined;
  /** Whether a batch had no job, so that only the timetable's check for stalled batches moved the issue on. */
  had_orphaned_batch: boolean;
  breakpoint?: RowBreakpoint | undefined;
  /** The backend that runs a dead sender's statement and still waits at its row. */
  blocked_pid?: number | undefined;
}

const MAX_WAIT_MS = 40_000;
const POLL_INTERVAL_MS = 50;
const DISCONNECTED_MS = 40_000;
/** About what a sender needs from its start to its first claim. */
const START_MS = 300;
/** Enough for a reconnected process to finish what it was doing. */
const CATCH_UP_MS = 3_000;
/** Longer than a healthy sender takes for the whole issue. */
const STALLED_AFTER_MS = 5_000;
/** Long enough for the process presumed dead to come back from a 429 and call too, while the other call is open. */
const HOLD_MS = 1_500;

/** Runs a process until it crashes at its point; throws when it does not reach the point. */
export async function runUntilCrash(run: Run, crash: Crash, index: number): Promise<void> {
  const { databaseUrl, context } = run.fixture;
  if (isRowPoint(crash.point)) {
    run.breakpoint = await setRowBreakpoint(databaseUrl, context.db, crash.point, crash.occurrence);
  }
  const sender = await startProcess(run, index, crash);
  await waitUntil(
    run,
    sender,
    async () => sender.isSuspended() || (await killAtBreakpoint(run, sender, crash)),
  );
  if (crash.kind === 'killed' ? sender.exitStatus() !== 'SIGKILL' : !sender.isSuspended()) {
    throw new Error(
      `the process ended with ${sender.exitStatus()} instead of at its crash point. ${sender.stderr()}`,
    );
  }
  switch (crash.kind) {
    case 'suspended':
      run.suspended = sender;
      break;
    case 'PostgreSQL killed':
      await run.fixture.killPostgres();
      sender.resume();
      run.survivor = sender;
      break;
    case 'disconnected':
      run.proxy?.cut();
      run.reconnects_at = performance.now() + DISCONNECTED_MS;
      sender.resume();
      break;
    case 'killed':
      break;
  }
}

/** Kills the sender once its statement waits at its row. */
async function killAtBreakpoint(run: Run, sender: Sender, crash: Crash): Promise<boolean> {
  const pid = await run.breakpoint?.findWaiting();
  if (pid === undefined) {
    return false;
  }
  await sender.kill();
  if (crash.point === 'recording row, committed late') {
    run.blocked_pid = pid;
  } else {
    await run.breakpoint?.terminate(pid);
  }
  return true;
}

/** Runs a process that does all the remaining work; leaves it running. */
export async function runToCompletion(run: Run): Promise<Sender> {
  const { reconnects_at, choices, fixture } = run;
  if (reconnects_at !== undefined && choices.successor_starts === 'when reconnected') {
    await sleep(reconnects_at - START_MS - performance.now());
  }
  const sender = run.survivor ?? (await startProcess(run, run.combination.crashes.length));
  await waitUntil(run, sender, () => isIssueFinished(fixture.context.db));
  if (reconnects_at !== undefined) {
    await sleep(Math.max(0, reconnects_at - performance.now()));
    reconnectWhenDue(run);
    await sleep(CATCH_UP_MS);
  }
  return sender;
}

/** Waits until `isDone` or the process's end; in the meantime acts as staff, readers and timers would. */
export async function waitUntil(run: Run, sender: Sender, isDone: () => Promise<boolean>): Promise<void> {
  const { fixture, port } = run;
  const started = performance.now();
  while (sender.exitStatus() === undefined && !(await isDone())) {
    const elapsed_ms = performance.now() - started;
    if (elapsed_ms > MAX_WAIT_MS) {
      throw new Error(`no progress. ${await describeState(fixture)} ${sender.stderr()}`);
    }
    if (sender.isPrepared()) {
      await letProceed(run, sender);
      await makeRetriesDue(fixture.context.db);
      await (port !== undefined && makeEventsDue(fixture));
      await resumeAfterRefusal(fixture.context);
    }
    if (elapsed_ms > STALLED_AFTER_MS) {
      resumeSuspended(run);
      run.had_orphaned_batch ||= await hasOrphanedBatch(fixture.context.db);
      await requeueStalledNow(fixture);
    }
    await releaseBlocked(run);
    reconnectWhenDue(run);
    await sleep(POLL_INTERVAL_MS);
  }
}

async function startProcess(run: Run, index: number, crash?: Crash): Promise<Sender> {
  const { fixture, combination, readers, senders, port } = run;
  if (!(await getIssue(fixture.context.db, WEEK)).prepared_at) {
    readers.eligible = await listEligible(fixture.context);
  }
  const decision = findDecision(combination);
  const sender = senders.start({
    env: fixture.env,
    databaseUrl: `${crash && run.proxy ? throughProxy(fixture.databaseUrl, run.proxy) : fixture.databaseUrl}?application_name=sender`,
    outboxUrl: fixture.outboxUrl,
    now: fixture.clock.now.toISOString(),
    week: WEEK,
    ...(crash ? { crash } : {}),
    ...(decision ? { staff: { decision, reason: PAUSED_BY_STAFF, at_once: index > 0 } } : {}),
    ...(port === undefined ? {} : { port }),
  });
  listenToCalls(run, sender, index, crash);
  run.processes.push(sender);
  return sender;
}

/** What staff do in the middle of sending; undefined when the combination does not involve staff. */
export function findDecision({ crashes }: Combination): 'pause' | 'cancel' | undefined {
  const points = crashes.map(({ point }) => point);
  if (points.includes('pausing') || points.includes('resuming')) {
    return 'pause';
  }
  return points.includes('cancelling') || points.includes('cancelling row') ? 'cancel' : undefined;
}

/** Crashes the sender at the points of a call, and arms the fault for the call that the random choices name. */
function listenToCalls(run: Run, sender: Sender, index: number, crash?: Crash): void {
  const { fixture, choices, combination } = run;
  const { fault, crashes } = combination;
  const isFaultyProcess = index === (choices.fault_at === 'the crash' ? 0 : crashes.length);
  const first = index === 0 && crash && occursOncePerCall(crash.point) ? crash.occurrence : 1;
  const counts = { calling: 0, answering: 0 };
  fixture.onCall = async (point) => {
    counts[point] += 1;
    const call = counts[point];
    if (crash?.point === point && crash.occurrence === call) {
      await (crash.kind === 'killed' ? sender.kill() : sender.suspend());
    }
    // A call of the suspended process itself may still be in flight.
    if (run.suspended !== sender && resumeSuspended(run)) {
      await sleep(HOLD_MS);
    }
    const isFaulty = (isFaultyProcess || run.survivor) && call >= first && call < first + choices.fault_times;
    if (point === 'calling' && isFaulty && !fault.startsWith('webhook')) {
      fixture.arm(FAULTS[fault]);
    }
  };
}

/** Resumes the process that was presumed dead. */
function resumeSuspended(run: Run): boolean {
  const { suspended } = run;
  suspended?.resume();
  run.suspended = undefined;
  return suspended !== undefined;
}

function reconnectWhenDue(run: Run): void {
  if (run.reconnects_at !== undefined && performance.now() >= run.reconnects_at) {
    run.proxy?.heal();
  }
}

function throughProxy(databaseUrl: string, { port }: TcpProxy): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
}

function occursOncePerCall(point: Point): boolean {
  return ['claimed', 'calling', 'answering', 'response received', 'recorded'].includes(point);
}

function isRowPoint(point: Point): point is RowPoint {
  return / row/.test(point);
}

/** The first readers leave between preparing and the first claim. */
async function letProceed({ fixture, readers, random }: Run, sender: Sender): Promise<void> {
  if (!sender.hasProceeded()) {
    if (![...readers.departures.values()].some(({ batch }) => batch !== undefined)) {
      await letSomeReadersLeave(fixture.context, readers, random);
    }
    sender.proceed();
  }
}

async function releaseBlocked(run: Run): Promise<void> {
  if (run.blocked_pid !== undefined && (await isBlocking(run.fixture.context.db, run.blocked_pid))) {
    await run.breakpoint?.release();
    run.blocked_pid = undefined;
  }
}
