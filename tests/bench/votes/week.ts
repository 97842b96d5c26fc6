import type { Verdict } from '../../../src/database/schema.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Reader, Scanner } from './population.ts';

const TOOLS = 6;
const SHIP_SHARE = 0.7;

/** Times are seconds after Resend accepted the reader's mail. */
export interface Answer {
  tool: number;
  choice: Verdict;
  at: number;
  /** By a link of the mail, or on the ballot of the page that the link led to. */
  by: 'link' | 'ballot';
  /** The person took the other choice back at once. */
  is_correction: boolean;
  /** When a hand shows on the page if nothing is asked: never, or so many seconds after it opened. */
  hand_after: number | undefined;
  /** Presses the button when the page asks for it. */
  would_tap: boolean;
}

export interface Opening {
  tool: number;
  choice: Verdict;
  at: number;
  presses: boolean;
  runs_scripts: boolean;
}

export interface Plan {
  reader: Reader;
  answers: Answer[];
  openings: Opening[];
}

const HAND_SHARE = 0.9;
/** listmonk #2975 and #2429 report a third to two thirds lost at a confirmation page. */
const TAP_SHARE = 0.6;
const DAY = 86_400;

/** What people and scanners would do with one issue; plans without either are left out. */
export function planWeek(readers: readonly Reader[], random: SeededRandom): Plan[] {
  return readers.flatMap((reader) => {
    const answers = random.chance(reader.vote_probability) ? planAnswers(random) : [];
    const openings = reader.domain.scanner ? planOpenings(reader.domain.scanner, answers, random) : [];
    return answers.length + openings.length > 0 ? [{ reader, answers, openings }] : [];
  });
}

function planAnswers(random: SeededRandom): Answer[] {
  const count = random.chance(0.6) ? 1 : 1 + Math.ceil(random.next() * (TOOLS - 1));
  const tools = random.shuffle(Array.from({ length: TOOLS }, (_, tool) => tool)).slice(0, count);
  let at = readingTime(random);
  return tools.flatMap((tool, index) => {
    at += index === 0 ? 0 : 4 + random.next() * 60;
    const answer: Answer = {
      tool,
      choice: random.chance(SHIP_SHARE) ? 'ship' : 'skip',
      at,
      by: index > 0 && random.chance(0.6) ? 'ballot' : 'link',
      is_correction: false,
      hand_after: random.chance(HAND_SHARE) ? 0.5 + random.next() * 8 : undefined,
      would_tap: random.chance(TAP_SHARE),
    };
    if (!random.chance(0.02)) {
      return [answer];
    }
    const wrong: Answer = { ...answer, choice: answer.choice === 'ship' ? 'skip' : 'ship', hand_after: 1 };
    at += 3 + random.next() * 5;
    return [wrong, { ...answer, at, by: 'link', is_correction: true }];
  });
}

/** A fifth read within half an hour, half within half a day, the last after days. */
function readingTime(random: SeededRandom): number {
  const luck = random.next();
  if (luck < 0.02) {
    return 5 + random.next() * 55;
  }
  if (luck < 0.22) {
    return 60 + random.next() * 1_740;
  }
  return 1_800 + (4 * DAY - 1_800) * random.next() ** 3;
}

function planOpenings(scanner: Scanner, answers: readonly Answer[], random: SeededRandom): Opening[] {
  const runs_scripts = scanner !== 'gets';
  const presses = scanner === 'presses' || scanner === 'one press';
  if (scanner === 'at the click') {
    return answers
      .filter(({ by }) => by === 'link')
      .map(({ tool, choice, at }) => ({ tool, choice, at: at - random.next() * 2, runs_scripts, presses }));
  }
  const start = scanner === 'before delivery' ? -random.next() * 30 : scanningTime(random);
  const all = Array.from({ length: TOOLS }, (_, tool) =>
    (['ship', 'skip'] as const).map((choice) => ({ tool, choice })),
  ).flat();
  const links = scanner.startsWith('one') ? random.shuffle(all).slice(0, 1) : all;
  return links.map((link, index) => ({ ...link, at: start + index * 0.07, runs_scripts, presses }));
}

/** The bursts of craft-campaign #546: 0.5 % within 10 s, 69 % within a minute, 97 % within 5, 99 % within 30. */
function scanningTime(random: SeededRandom): number {
  const luck = random.next();
  const [from = 0, to = 0] =
    [
      [0.005, 0, 10],
      [0.69, 10, 60],
      [0.97, 60, 300],
      [0.99, 300, 1_800],
      [1, 1_800, 6 * 3_600],
    ]
      .find(([share = 0]) => luck < share)
      ?.slice(1) ?? [];
  return from + random.next() * (to - from);
}
