import { THRESHOLDS } from '../../../src/config/settings/judging-settings.ts';
import { type Rule, RULES } from '../../../src/votes/judge/_rules.ts';
import { judge } from '../../../src/votes/judge/judge.ts';
import { findWait } from '../../../src/votes/ballot/time-until-counted.ts';
import { type VoteGesture, gestureFor } from '../../../src/votes/ballot/vote-gesture.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { addCast, addOpen, countSources, type Ledger, openLedger, time } from './ledger.ts';
import type { Domain, Reader } from './population.ts';
import { holdCrowds } from './find-crowds.ts';
import { openLearner, type MailClassLearner } from './mail-class-learner.ts';
import type { Result } from './simple-policies.ts';
import type { Answer, Opening, Plan } from './week.ts';

/** By this time most scanners have come, and the service learns from what they did. */
const LEARNED_AFTER = 900;
/** How long a person takes to read the page that says that a vote is held. */
const READING_MS = 2_000;
const PRESSING = THRESHOLDS.pressing_minutes * 60;
/** People who have to wait longer than this do not come back. */
const PATIENCE_MS = 60_000;
const NOT_NEW = { is_new_reader: false, is_early: false, origins: null };
/** A scanner's machines share this many addresses. */
const SCANNER_ADDRESSES = 20;

interface Simulation {
  learner: MailClassLearner;
  random: SeededRandom;
}

/** Runs the service's own functions week after week: the page's gesture, the judge, and learning. */
export function openOurPolicy(
  readers: readonly Reader[],
  random: SeededRandom,
): (plans: readonly Plan[], isLast: boolean) => Judged {
  const learner = openLearner([...new Set(readers.map(({ domain }) => domain))]);
  const simulation = { learner, random };
  return (plans, isLast) => {
    const ledgers = plans.map(openLedger);
    ledgers.forEach((ledger) => simulatePeriod(simulation, ledger, (at) => at < LEARNED_AFTER));
    learner.addWeek(ledgers);
    learner.learn();
    ledgers.forEach((ledger) => simulatePeriod(simulation, ledger, (at) => at >= LEARNED_AFTER));
    countSources(ledgers);
    const judgeBy = (rules: readonly Rule[]) =>
      new Map(ledgers.map((ledger) => [ledger.plan, close(simulation, ledger, rules)]));
    const results = judgeBy(RULES);
    const without: Judged['without'] = isLast ? { 'one origin': results } : {};
    for (const [reason] of isLast ? RULES : []) {
      without[reason] = holdCrowds(judgeBy(RULES.filter(([other]) => other !== reason)));
    }
    learner.endWeek(ledgers);
    ledgers.forEach((ledger) => rememberBrowser(simulation, ledger));
    return { results: holdCrowds(results), without };
  };
}

export interface Judged {
  results: Map<Plan, Result>;
  /** The results if the judge did not have one of its rules, by the name of that rule. */
  without: Record<string, Map<Plan, Result>>;
}

function simulatePeriod(simulation: Simulation, ledger: Ledger, isNow: (at: number) => boolean): void {
  const { openings, answers } = ledger.plan;
  const visits = [
    ...openings.map((opening) => ({
      at: opening.at,
      make: () => openAsScanner(simulation, ledger, opening),
    })),
    ...answers.map((answer) => ({ at: answer.at, make: () => answerAsPerson(simulation, ledger, answer) })),
  ];
  visits
    .filter(({ at }) => isNow(at))
    .toSorted((a, b) => a.at - b.at)
    .forEach(({ make }) => make());
}

function openAsScanner(
  { learner, random }: Simulation,
  ledger: Ledger,
  { tool, choice, at, presses, runs_scripts, posts = false, is_friend = false }: Opening,
): void {
  const { domain } = ledger.plan.reader;
  addOpen(ledger, tool, choice, at);
  const base = {
    tool_slug: String(tool),
    choice,
    rendered_at: time(at),
    is_remembered: false,
    source: is_friend
      ? `friend of ${ledger.plan.reader.id}`
      : `${domain.mail_host} ${Math.floor(random.next() * SCANNER_ADDRESSES)}`,
  };
  if (presses || posts) {
    const cast_at = time(at + 0.3 + random.next() * 3);
    addCast(ledger, { ...base, way: 'button', cast_at, hand_at: posts ? null : cast_at });
    ledger.pressed_early ||= at < PRESSING;
  } else if (is_friend) {
    // Opening the page does not change a counted vote.
    const isFirst = ledger.plan.answers.every((answer) => answer.tool !== tool || answer.at > at);
    if (isFirst && neededGesture(learner, domain, at, false) !== 'press') {
      addCast(ledger, { ...base, way: 'automatic', cast_at: time(at + 3), hand_at: time(at + 2) });
    }
  } else if (runs_scripts && neededGesture(learner, domain, at, false) === 'none') {
    addCast(ledger, { ...base, way: 'automatic', cast_at: time(at + 1.05), hand_at: null });
  }
}

/** What a person does on the page, which behaves like src/web/vote/vote-script.ts and its buttons. */
function answerAsPerson(simulation: Simulation, ledger: Ledger, answer: Answer): void {
  const { reader } = ledger.plan;
  const { tool, choice } = answer;
  // A vote that was not cast yet cannot be corrected.
  const last = answer.is_correction ? (ledger.casts.at(-1)?.cast_at ?? time(0)) : time(0);
  const at = Math.max(answer.at, (last.getTime() - time(0).getTime()) / 1_000 + 2);
  const base = {
    tool_slug: String(tool),
    choice,
    rendered_at: time(at),
    is_remembered: reader.is_remembered,
    source: reader.network ?? `home of ${reader.id}`,
  };
  const press = (seconds: number, way: 'button' | 'ballot') => {
    const cast_at = time(at + seconds);
    addCast(ledger, { ...base, way, cast_at, hand_at: reader.has_scripts ? cast_at : null });
    ledger.pressed_early ||= at < PRESSING && !reader.is_remembered;
    ledger.cast.add(tool);
    pressAgainIfHeld(simulation, ledger, answer, cast_at);
  };
  if (answer.by === 'ballot' || answer.is_correction) {
    press(1.2, answer.is_correction ? 'button' : 'ballot');
    return;
  }
  addOpen(ledger, tool, choice, at);
  const automatic = automaticCast(
    answer,
    neededGesture(simulation.learner, reader.domain, at, reader.is_remembered),
  );
  if (reader.has_scripts && automatic) {
    addCast(ledger, { ...base, way: 'automatic', ...automatic });
    ledger.cast.add(tool);
    pressAgainIfHeld(simulation, ledger, answer, automatic.cast_at);
  } else {
    ledger.was_asked = true;
    if (!answer.would_tap) {
      ledger.gave_up = true;
      return;
    }
    press(2 + simulation.random.next() * 3, 'button');
  }
}

/**
 * The page says that a vote is held and when another press counts; a person who presses buttons at all presses it then.
 */
function pressAgainIfHeld(
  { learner }: Simulation,
  ledger: Ledger,
  { tool, choice, would_tap }: Answer,
  cast_at: Date,
): void {
  const { reader } = ledger.plan;
  const tool_slug = String(tool);
  const evidence = {
    casts: ledger.casts.map((cast) => ({ ...cast, id: undefined, source_key: null, ...NOT_NEW })),
    arrived_at: time(0),
    mail_class: learner.classOf(reader.domain),
    opens: [...ledger.opens.values()],
  };
  const judgement = judge(ledger.casts, evidence, THRESHOLDS).get(tool_slug);
  reader.is_remembered ||= judgement?.is_by_person ?? false;
  if (judgement?.state === 'counted' && judgement.choice === choice) {
    return;
  }
  ledger.was_asked = true;
  const wait_ms = findWait(evidence, { tool_slug, choice }, cast_at, THRESHOLDS);
  if (!would_tap || wait_ms === undefined || wait_ms > PATIENCE_MS) {
    return;
  }
  const pressed_at = new Date(cast_at.getTime() + Math.max(wait_ms, READING_MS) + 1_000);
  addCast(ledger, {
    tool_slug,
    choice,
    way: 'button',
    cast_at: pressed_at,
    rendered_at: cast_at,
    hand_at: reader.has_scripts ? pressed_at : null,
    is_remembered: reader.is_remembered,
    source: reader.network ?? `home of ${reader.id}`,
  });
  reader.is_remembered ||= judge(ledger.casts, evidence, THRESHOLDS).get(tool_slug)?.is_by_person ?? false;
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
  const visit = { mail_class: learner.classOf(domain), arrived_at: time(0), is_remembered };
  return gestureFor(visit, time(at), THRESHOLDS);
}

function close(
  { learner }: Simulation,
  { plan, casts, opens, ...asked }: Ledger,
  rules: readonly Rule[],
): Result {
  const { reader } = plan;
  const mail_class = learner.classOf(reader.domain);
  const judgements = judge(
    casts,
    { arrived_at: time(0), mail_class, opens: [...opens.values()] },
    THRESHOLDS,
    rules,
  );
  const counted = [...judgements].filter(([, { state }]) => state === 'counted');
  return { ...asked, counted: new Map(counted.map(([tool, { choice }]) => [Number(tool), choice])) };
}

/** Now and then a browser's cookies are cleared, or the next vote comes from another browser. */
function rememberBrowser({ random }: Simulation, { plan: { reader } }: Ledger): void {
  reader.is_remembered &&= random.chance(reader.has_voted_before ? 0.97 : 0.85);
  reader.has_voted_before ||= reader.is_remembered;
}
