import { THRESHOLDS } from '../../../src/config/judging-settings.ts';
import { judge } from '../../../src/votes/judge/judge.ts';
import { type VoteGesture, gestureFor } from '../../../src/votes/ballot/vote-gesture.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { addCast, addOpen, countSources, type Ledger, openLedger, time } from './ledger.ts';
import type { Domain, Reader } from './population.ts';
import { openLearner, type MailClassLearner } from './mail-class-learner.ts';
import type { Result } from './simple-policies.ts';
import type { Answer, Opening, Plan } from './week.ts';

/** By this time most scanners have come, and what they did is learned. */
const LEARNED_AFTER = 900;
const SCANNING = THRESHOLDS.scanning_minutes * 60;
/** A scanner's machines share so many addresses. */
const SCANNER_ADDRESSES = 20;

interface Simulation {
  learner: MailClassLearner;
  random: SeededRandom;
}

/** Plays the service's own functions week after week: the page's gesture, the judge, and what is learned. */
export function openOurPolicy(
  readers: readonly Reader[],
  random: SeededRandom,
): (plans: readonly Plan[]) => Map<Plan, Result> {
  const learner = openLearner([...new Set(readers.map(({ domain }) => domain))]);
  const simulation = { learner, random };
  return (plans) => {
    const ledgers = plans.map(openLedger);
    ledgers.forEach((ledger) => simulatePeriod(simulation, ledger, (at) => at < LEARNED_AFTER));
    learner.addWeek(ledgers);
    learner.learn();
    ledgers.forEach((ledger) => simulatePeriod(simulation, ledger, (at) => at >= LEARNED_AFTER));
    countSources(ledgers);
    return new Map(ledgers.map((ledger) => [ledger.plan, close(simulation, ledger)]));
  };
}

function simulatePeriod(simulation: Simulation, ledger: Ledger, isNow: (at: number) => boolean): void {
  for (const opening of ledger.plan.openings.filter(({ at }) => isNow(at))) {
    openAsScanner(simulation, ledger, opening);
  }
  for (const answer of ledger.plan.answers.filter(({ at }) => isNow(at))) {
    answerAsPerson(simulation, ledger, answer);
  }
}

function openAsScanner(
  { learner, random }: Simulation,
  ledger: Ledger,
  { tool, choice, at, presses, runs_scripts }: Opening,
): void {
  const { domain } = ledger.plan.reader;
  addOpen(ledger, tool, choice, at);
  const base = {
    tool_slug: String(tool),
    choice,
    rendered_at: time(at),
    is_remembered: false,
    source: `${domain.mail_host} ${Math.floor(random.next() * SCANNER_ADDRESSES)}`,
  };
  if (presses) {
    const cast_at = time(at + 0.3 + random.next() * 3);
    addCast(ledger, { ...base, way: 'button', cast_at, hand_at: cast_at });
    ledger.pressed_early ||= at < SCANNING;
  } else if (runs_scripts && neededGesture(learner, domain, at, false) === 'none') {
    addCast(ledger, { ...base, way: 'automatic', cast_at: time(at + 1.05), hand_at: null });
  }
}

/** On the page as src/web/vote/vote-script.ts and its buttons have it. */
function answerAsPerson(simulation: Simulation, ledger: Ledger, answer: Answer): void {
  const { reader } = ledger.plan;
  const { tool, choice, at } = answer;
  const base = {
    tool_slug: String(tool),
    choice,
    rendered_at: time(at),
    is_remembered: reader.is_remembered,
    source: reader.domain.scanner ? `office of ${reader.domain.name}` : `home of ${reader.id}`,
  };
  const press = (seconds: number, way: 'button' | 'ballot') => {
    const cast_at = time(at + seconds);
    addCast(ledger, { ...base, way, cast_at, hand_at: reader.has_scripts ? cast_at : null });
    ledger.pressed_early ||= at < SCANNING && !reader.is_remembered;
  };
  if (answer.by === 'ballot' || answer.is_correction) {
    press(1.2, answer.is_correction ? 'button' : 'ballot');
    ledger.cast.add(tool);
    return;
  }
  addOpen(ledger, tool, choice, at);
  const automatic = automaticCast(
    answer,
    neededGesture(simulation.learner, reader.domain, at, reader.is_remembered),
  );
  if (reader.has_scripts && automatic) {
    addCast(ledger, { ...base, way: 'automatic', ...automatic });
  } else {
    ledger.was_asked = true;
    if (!answer.would_tap) {
      ledger.gave_up = true;
      return;
    }
    press(2 + simulation.random.next() * 3, 'button');
  }
  ledger.cast.add(tool);
}

/** Undefined when the page waits for the button. */
function automaticCast(
  { at, hand_after }: Answer,
  gesture: VoteGesture,
): { cast_at: Date; hand_at: Date | null } | undefined {
  const hand = hand_after === undefined ? undefined : at + hand_after;
  switch (gesture) {
    case 'none':
      return { cast_at: time(at + 1.05), hand_at: hand === undefined ? null : time(hand) };
    case 'interaction':
      return hand === undefined
        ? undefined
        : { cast_at: time(Math.max(at + 1, hand + 0.7)), hand_at: time(hand) };
    case 'press':
      return undefined;
  }
}

function neededGesture(
  learner: MailClassLearner,
  domain: Domain,
  at: number,
  is_remembered: boolean,
): VoteGesture {
  const visit = { mail_class: learner.classOf(domain), submitted_at: time(0), is_remembered };
  return gestureFor(visit, time(at), THRESHOLDS);
}

function close({ learner, random }: Simulation, { plan, casts, opens, ...asked }: Ledger): Result {
  const { reader } = plan;
  const mail_class = learner.classOf(reader.domain);
  const judgements = judge(
    casts,
    { submitted_at: time(0), mail_class, opens: [...opens.values()] },
    THRESHOLDS,
  );
  const counted = [...judgements].filter(([, { state }]) => state === 'counted');
  const isByHand = counted.length > 0 && asked.cast.size > 0 && casts.some(({ hand_at }) => hand_at !== null);
  // Now and then a browser is cleared, or the next vote comes from another.
  reader.is_remembered = random.chance(reader.is_remembered ? 0.97 : isByHand ? 0.85 : 0);
  return { ...asked, counted: new Map(counted.map(([tool, { choice }]) => [Number(tool), choice])) };
}
