import { AppError } from '../../src/errors.ts';
import { findFreePort } from '../../src/local/postgres/find-free-port.ts';
import { detectMove, recordIdentity } from '../../src/database/identity.ts';
import { reconcile } from '../../src/sending/restore/reconcile.ts';
import { sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { cancelIssue } from '../../src/sending/control/pause.ts';
import { type Combination, type FaultName, FAULTS } from './combinations.ts';
import { type Dice, openDice } from '../support/seeded-random.ts';
import { letTimePass } from '../support/advance-clock.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { areEventsDelivered, hurryDeadJobs, isIssueOver, waitUntilGone } from './advance-timers.ts';
import { findDecision, liveAndDie, liveOn, type Play, type Script, watch } from './run-process.ts';
import { listUntruths } from './check-invariants.ts';
import type { MortalServer, MortalServers } from './crashable-server-pool.ts';
import { leave } from './readers.ts';
import { restoreDump, takeDump } from './dump.ts';
import type { Sender, SpareSenders } from './sender-pool.ts';
import { openStage } from './fixture.ts';
import { tellEverything, WEEK } from './template.ts';

/** What all combinations of a run share. */
export interface Theatre {
  server: string;
  template: string;
  senders: SpareSenders;
  mortals: MortalServers;
}

const PAUSING: FaultName[] = ['daily-quota', 'monthly-quota', 'unauthorized'];
const DAY_AND_AN_HOUR_MS = 25 * 3_600_000;

/** Plays one combination from `prepare` to the last event; returns what was not true at its end, in words. */
export async function playCombination(
  theatre: Theatre,
  combination: Combination,
  seed: string,
): Promise<string[]> {
  const perform = async (mortal?: MortalServer) =>
    playToTheEnd(await openPlay(theatre, combination, seed, mortal));
  const isFatal = combination.crashes.some(({ kind }) => kind === 'without PostgreSQL');
  return isFatal ? theatre.mortals.use(perform) : perform();
}

async function playToTheEnd(play: Play): Promise<string[]> {
  const { stage, combination, script } = play;
  const closing = new AbortController();
  const deliverEvents = () => stage.outbox.deliverWebhooks(closing.signal);
  let delivering = script.events_come === 'meanwhile' ? deliverEvents() : undefined;
  try {
    for (const [life, crash] of combination.crashes.entries()) {
      await liveAndDie(play, crash, life);
      await restart(play, life);
    }
    const sender = await (combination.restart === 'restored' ? liveTwice(play) : liveOn(play));
    const untruths = await judge(play, script.events_come === 'meanwhile' ? 'some' : 'none');
    delivering ??= deliverEvents();
    await watch(play, sender, () => areEventsDelivered(stage));
    await sendUnknownAgain(play, sender);
    return [...untruths, ...(await judge(play, 'all')), ...judgeLives(play)];
  } finally {
    await Promise.all(play.lives.map((sender) => sender.kill()));
    closing.abort();
    await delivering;
    await play.trap?.release();
    await play.proxy?.close();
    await stage.close();
  }
}

async function openPlay(
  { server, template, senders }: Theatre,
  combination: Combination,
  seed: string,
  mortal: MortalServer | undefined,
): Promise<Play> {
  const dice = openDice(`${seed} ${combination.name}`);
  const isWebApp = combination.crashes.some(({ point }) => point === 'event stored');
  const port = isWebApp ? await findFreePort() : undefined;
  // Slow enough for staff to come between two batches.
  const callsPerSecond = findDecision(combination) ? 1 : 100;
  const stage = await openStage({ server, template, mortal, callsPerSecond, webhookPort: port });
  if (combination.fault.startsWith('webhook')) {
    stage.arm(FAULTS[combination.fault]);
  }
  if (combination.restart === 'next day' || combination.restart === 'restored') {
    await tellEverything(stage.outboxDb);
  }
  const script = writeScript(combination, dice);
  const readers = { eligible: new Map(), departures: new Map() };
  const isCutOff = combination.crashes.some(({ kind }) => kind === 'cut off');
  const proxy = isCutOff ? await openTcpProxy(Number(new URL(stage.databaseUrl).port)) : undefined;
  return { combination, script, dice, stage, senders, readers, port, proxy, lives: [], has_forgotten: false };
}

function writeScript(combination: Combination, dice: Dice): Script {
  const { crashes, fault } = combination;
  const [first] = crashes;
  const mustMeet =
    first?.point === 'handing back row' || (first?.kind === 'frozen' && first.point === 'answered');
  // Twice the fault, or a slow call twice, would leave no batch for staff to decide about.
  const mayComeTwice = fault !== 'slow' && findDecision(combination) === undefined;
  return {
    fault_comes: mustMeet || dice.isLucky(0.5) ? 'with the crash' : 'after it',
    fault_times: mayComeTwice && dice.isLucky(0.25) ? 2 : 1,
    events_come:
      combination.restart !== 'restored' && (first?.point === 'event stored' || dice.isLucky(0.4))
        ? 'meanwhile'
        : 'afterwards',
    successor_comes: dice.isLucky(0.5) ? 'at once' : 'as it is mended',
  };
}

/** What happens between two lives: readers leave, staff decide, time passes. */
async function restart(play: Play, life: number): Promise<void> {
  const { stage, combination, readers, dice } = play;
  if (play.survivor) {
    await hurryDeadJobs(stage.context);
    return;
  }
  if (!play.frozen && !play.proxy) {
    await waitUntilGone(stage.context.db, play.held_pid);
    // While a process stands still or is cut off it cannot be told whether it will claim for a reader or has done so.
    await (life === 0 && leave(stage.context, readers, dice));
  }
  if (combination.restart === 'next day') {
    await letTimePass(stage, DAY_AND_AN_HOUR_MS);
  }
  if (combination.restart === 'cancel') {
    await unlessRefused(cancelIssue(stage.context, WEEK));
  }
  await hurryDeadJobs(stage.context);
}

/** Everything goes out; then nobody remembers what came after the crash, until Resend is asked. */
async function liveTwice(play: Play): Promise<Sender> {
  const { stage, dice, readers } = play;
  const { context } = stage;
  await takeDump(context.db);
  const departures = new Map(readers.departures);
  const first = await liveOn(play);
  await first.kill();
  await waitUntilGone(context.db);
  await restoreDump(context.db);
  // Who left after the dump is back: nothing outside of the database tells of it.
  readers.departures = departures;
  if (!(await detectMove(context.db))) {
    throw new Error('the restore was not seen');
  }
  if (dice.isLucky(0.5)) {
    await letTimePass(stage, DAY_AND_AN_HOUR_MS);
  }
  await reconcile(context);
  await recordIdentity(context.db, context.now());
  await hurryDeadJobs(context);
  return liveOn(play);
}

/** Only after Resend's events have told of every mail that did go out; staff then send again what is left. */
async function sendUnknownAgain(play: Play, sender: Sender): Promise<void> {
  const { stage, combination } = play;
  if (combination.restart === 'next day' || combination.restart === 'restored') {
    await unlessRefused(sendAgain(stage.context, WEEK, { status: 'unknown', by: 'test' }));
    await watch(play, sender, () => isIssueOver(stage.context.db));
    await watch(play, sender, () => areEventsDelivered(stage));
  }
}

function judge({ stage, readers, combination }: Play, events: 'none' | 'some' | 'all'): Promise<string[]> {
  const was_late = combination.restart === 'next day' || combination.restart === 'restored';
  return listUntruths(stage, readers, { was_late, unknown: was_late && events !== 'all', events });
}

/** Nobody dies by itself; and state and job stand together, but for an issue that is resumed while a job ends. */
function judgeLives({ lives, has_forgotten, combination }: Play): string[] {
  const wasResumed = PAUSING.includes(combination.fault) || findDecision(combination) === 'pause';
  return [
    ...lives
      .filter((sender) => ![undefined, 'SIGKILL'].includes(sender.end()?.toString()))
      .map((sender) => `a process ended with ${sender.end()}: ${sender.stderr()}`),
    ...(has_forgotten && !wasResumed ? ['a batch was due and had no job'] : []),
  ];
}

/** There may be nothing left to decide about. */
async function unlessRefused(decision: Promise<unknown>): Promise<void> {
  await decision.catch((error: unknown) => {
    if (!(error instanceof AppError)) {
      throw error;
    }
  });
}
