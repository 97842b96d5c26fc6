import { setTimeout as sleep } from 'node:timers/promises';
import { getIssue } from '../../src/issues/record/issue.ts';
import { type Combination, type Crash, FAULTS, type Point, type RowPoint } from './combinations.ts';
import type { Dice } from '../support/seeded-random.ts';
import {
  describeState,
  hasForgottenBatch,
  hurryEvents,
  hurryRetries,
  isInTheWay,
  isIssueOver,
  PAUSED_BY_STAFF,
  resumeRefused,
  requeueStalled,
} from './advance-timers.ts';
import { leave, listEligible, type Readers } from './readers.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { type RowTrap, setRowTrap } from './row-breakpoint.ts';
import type { Sender, SpareSenders } from './sender-pool.ts';
import type { Stage } from './fixture.ts';
import { WEEK } from './template.ts';

/** What is left to chance, once for each combination. */
export interface Script {
  /** Whether the fault meets the call at which the first process dies, or the first call of the last process. */
  fault_comes: 'with the crash' | 'after it';
  fault_times: number;
  /** Whether Resend's events come while the issue goes out. */
  events_come: 'meanwhile' | 'afterwards';
  /** When the work of a process that is cut off is another's. */
  successor_comes: 'at once' | 'as it is mended';
}

export interface Play {
  combination: Combination;
  script: Script;
  dice: Dice;
  stage: Stage;
  senders: SpareSenders;
  readers: Readers;
  /** Where the sender takes events, when it is the web app too. */
  port: number | undefined;
  /** Every process so far; the last is the present one. */
  lives: Sender[];
  /** The process that stands still and has not gone on yet. */
  frozen?: Sender | undefined;
  /** The process that lives on though its PostgreSQL was killed. */
  survivor?: Sender | undefined;
  /** Between the first process and PostgreSQL, when that way is cut for a while. */
  proxy?: TcpProxy | undefined;
  /** When the way is mended: of `performance.now()`. */
  mended_at?: number | undefined;
  /** Whether only the timetable's look for stalled batches brought the issue on. */
  has_forgotten: boolean;
  trap?: RowTrap | undefined;
  /** The server process of a dead sender's statement that still waits at its row. */
  held_pid?: number | undefined;
}

const MAX_WAIT_MS = 40_000;
const LOOK_EVERY_MS = 20;
const CUT_OFF_MS = 40_000;
/** What a sender needs from its start to its first claim, about. */
const START_MS = 300;
/** Within it a process that was cut off has brought to an end what it was about. */
const CATCH_UP_MS = 3_000;
/** Longer than a healthy sender takes over all of it. */
const STALLED_AFTER_MS = 5_000;
/** Long enough for whoever was taken for dead to come back from a 429 and call too, while the other call is open. */
const HOLD_MS = 1_500;

/** A process from its start to its end at the point; throws when it does not come there. */
export async function liveAndDie(play: Play, crash: Crash, life: number): Promise<void> {
  const { databaseUrl, context } = play.stage;
  if (isRowPoint(crash.point)) {
    play.trap = await setRowTrap(databaseUrl, context.db, crash.point, crash.passing);
  }
  const sender = await begin(play, life, crash);
  await watch(play, sender, async () => sender.isFrozen() || (await isTrapped(play, sender, crash)));
  if (crash.kind === 'killed' ? sender.end() !== 'SIGKILL' : !sender.isFrozen()) {
    throw new Error(`the process ended with ${sender.end()} instead of at its point. ${sender.stderr()}`);
  }
  switch (crash.kind) {
    case 'frozen':
      play.frozen = sender;
      break;
    case 'without PostgreSQL':
      await play.stage.killPostgres();
      sender.thaw();
      play.survivor = sender;
      break;
    case 'cut off':
      play.proxy?.cut();
      play.mended_at = performance.now() + CUT_OFF_MS;
      sender.thaw();
      break;
    case 'killed':
      break;
  }
}

/** Kills once the statement waits at its row. */
async function isTrapped(play: Play, sender: Sender, crash: Crash): Promise<boolean> {
  const pid = await play.trap?.findWaiting();
  if (pid === undefined) {
    return false;
  }
  await sender.kill();
  if (crash.point === 'recording row, committed late') {
    play.held_pid = pid;
  } else {
    await play.trap?.terminate(pid);
  }
  return true;
}

/** A process that does all there is left to do, and lives. */
export async function liveOn(play: Play): Promise<Sender> {
  const { mended_at, script, stage } = play;
  if (mended_at !== undefined && script.successor_comes === 'as it is mended') {
    await sleep(mended_at - START_MS - performance.now());
  }
  const sender = play.survivor ?? (await begin(play, play.combination.crashes.length));
  await watch(play, sender, () => isIssueOver(stage.context.db));
  if (mended_at !== undefined) {
    await sleep(Math.max(0, mended_at - performance.now()));
    mendWhenDue(play);
    await sleep(CATCH_UP_MS);
  }
  return sender;
}

/** Until `isDone`, or until the process is killed by itself; does meanwhile what staff, readers and clocks would. */
export async function watch(play: Play, sender: Sender, isDone: () => Promise<boolean>): Promise<void> {
  const { stage, port } = play;
  const started = performance.now();
  while (sender.end() === undefined && !(await isDone())) {
    const waited_ms = performance.now() - started;
    if (waited_ms > MAX_WAIT_MS) {
      throw new Error(`nothing happens any more. ${await describeState(stage)} ${sender.stderr()}`);
    }
    if (sender.isPrepared()) {
      await letGoOn(play, sender);
      await hurryRetries(stage.context.db);
      await (port !== undefined && hurryEvents(stage));
      await resumeRefused(stage.context);
    }
    if (waited_ms > STALLED_AFTER_MS) {
      thaw(play);
      play.has_forgotten ||= await hasForgottenBatch(stage.context.db);
      await requeueStalled(stage);
    }
    await freeHeld(play);
    mendWhenDue(play);
    await sleep(LOOK_EVERY_MS);
  }
}

async function begin(play: Play, life: number, crash?: Crash): Promise<Sender> {
  const { stage, combination, readers, senders, port } = play;
  if (!(await getIssue(stage.context.db, WEEK)).prepared_at) {
    readers.eligible = await listEligible(stage.context);
  }
  const decision = findDecision(combination);
  const sender = senders.start({
    env: stage.env,
    databaseUrl: `${crash && play.proxy ? throughProxy(stage.databaseUrl, play.proxy) : stage.databaseUrl}?application_name=sender`,
    outboxUrl: stage.outboxUrl,
    now: stage.clock.now.toISOString(),
    week: WEEK,
    ...(crash ? { crash } : {}),
    ...(decision ? { act: { decision, reason: PAUSED_BY_STAFF, at_once: life > 0 } } : {}),
    ...(port === undefined ? {} : { port }),
  });
  listenToCalls(play, sender, life, crash);
  play.lives.push(sender);
  return sender;
}

/** What staff do in the middle of sending; undefined when the combination is not about that. */
export function findDecision({ crashes }: Combination): 'pause' | 'cancel' | undefined {
  const points = crashes.map(({ point }) => point);
  if (points.includes('pausing') || points.includes('resuming')) {
    return 'pause';
  }
  return points.includes('cancelling') || points.includes('cancelling row') ? 'cancel' : undefined;
}

/** Kills at the points of a call, and sees to it that the fault meets the call that the script says. */
function listenToCalls(play: Play, sender: Sender, life: number, crash?: Crash): void {
  const { stage, script, combination } = play;
  const { fault, crashes } = combination;
  const isItsLife = life === (script.fault_comes === 'with the crash' ? 0 : crashes.length);
  const first = life === 0 && crash && isPassedOncePerCall(crash.point) ? crash.passing : 1;
  const passings = { calling: 0, answering: 0 };
  stage.onCall = async (point) => {
    passings[point] += 1;
    const call = passings[point];
    if (crash?.point === point && crash.passing === call) {
      await (crash.kind === 'killed' ? sender.kill() : sender.freeze());
    }
    // A call of the frozen process itself may still be on its way.
    if (play.frozen !== sender && thaw(play)) {
      await sleep(HOLD_MS);
    }
    const isFaulty = (isItsLife || play.survivor) && call >= first && call < first + script.fault_times;
    if (point === 'calling' && isFaulty && !fault.startsWith('webhook')) {
      stage.arm(FAULTS[fault]);
    }
  };
}

/** Whoever was taken for dead goes on. */
function thaw(play: Play): boolean {
  const { frozen } = play;
  frozen?.thaw();
  play.frozen = undefined;
  return frozen !== undefined;
}

function mendWhenDue(play: Play): void {
  if (play.mended_at !== undefined && performance.now() >= play.mended_at) {
    play.proxy?.mend();
  }
}

function throughProxy(databaseUrl: string, { port }: TcpProxy): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
}

function isPassedOncePerCall(point: Point): boolean {
  return ['claimed', 'calling', 'answering', 'answered', 'recorded'].includes(point);
}

function isRowPoint(point: Point): point is RowPoint {
  return / row/.test(point);
}

/** The first readers leave between `prepare` and the first claim. */
async function letGoOn({ stage, readers, dice }: Play, sender: Sender): Promise<void> {
  if (!sender.isTold()) {
    if (![...readers.departures.values()].some(({ batch }) => batch !== undefined)) {
      await leave(stage.context, readers, dice);
    }
    sender.goOn();
  }
}

async function freeHeld(play: Play): Promise<void> {
  if (play.held_pid !== undefined && (await isInTheWay(play.stage.context.db, play.held_pid))) {
    await play.trap?.release();
    play.held_pid = undefined;
  }
}
