import { setTimeout as sleep } from 'node:timers/promises';
import { getIssue } from '../../src/issues/issue.ts';
import { type Combination, type Crash, FAULTS, type Point, type RowPoint } from './combinations.ts';
import type { Dice } from '../support/dice.ts';
import {
  describeState,
  hasForgottenBatch,
  hurryEvents,
  hurryRetries,
  isInTheWay,
  isIssueOver,
  loseDatabase,
  PAUSED_BY_STAFF,
  resumeRefused,
  wakeStalled,
} from './hurry.ts';
import { leave, listEligible, type Readers } from './readers.ts';
import { type RowTrap, setRowTrap } from './row-trap.ts';
import type { Sender, SpareSenders } from './spare-senders.ts';
import type { Stage } from './stage.ts';
import { WEEK } from './template.ts';

/** What is left to chance, once for each combination. */
export interface Script {
  /** Whether the fault meets the call at which the first process dies, or the first call of the last process. */
  fault_comes: 'with the crash' | 'after it';
  fault_times: number;
  /** Whether Resend's events come while the issue goes out. */
  events_come: 'meanwhile' | 'afterwards';
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
  /** The process that lost its database and goes on. */
  survivor?: Sender | undefined;
  /** Whether only the timetable's look for stalled batches brought the issue on. */
  has_forgotten: boolean;
  trap?: RowTrap | undefined;
  /** The server process of a dead sender's statement that still waits at its row. */
  held_pid?: number | undefined;
}

const PATIENCE_MS = 40_000;
const LOOK_EVERY_MS = 20;
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
  if (crash.loses_database) {
    await loseDatabase(context.db);
    sender.thaw();
    play.survivor = sender;
  } else if (sender.isFrozen()) {
    play.frozen = sender;
  } else if (sender.end() !== 'SIGKILL') {
    throw new Error(`the process ended with ${sender.end()} instead of at its point. ${sender.stderr()}`);
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
  const sender = play.survivor ?? (await begin(play, play.combination.crashes.length));
  await watch(play, sender, () => isIssueOver(play.stage.context.db));
  return sender;
}

/** Until `isDone`, or until the process is killed by itself; does meanwhile what staff, readers and clocks would. */
export async function watch(play: Play, sender: Sender, isDone: () => Promise<boolean>): Promise<void> {
  const { stage, port } = play;
  const started = performance.now();
  while (sender.end() === undefined && !(await isDone())) {
    const waited_ms = performance.now() - started;
    if (waited_ms > PATIENCE_MS) {
      throw new Error(
        `nothing happens any more. ${await describeState(stage.context.db)} ${sender.stderr()}`,
      );
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
      await wakeStalled(stage);
    }
    await freeHeld(play);
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
    databaseUrl: `${stage.databaseUrl}?application_name=sender`,
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
      await (crash.is_frozen ? sender.freeze() : sender.kill());
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
