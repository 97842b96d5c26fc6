import type { Verdict } from '../../../src/database/schema.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Habits, Reader, Scanner } from './population.ts';

export const TOOLS = 6;
const SHIP_SHARE = 0.7;

/** Times are seconds after Resend accepted the reader's mail. */
export interface Answer {
  tool: number;
  choice: Verdict;
  at: number;
  /** Whether the vote came from a link in the mail, or from the ballot on the page that a link led to. */
  by: 'link' | 'ballot';
  /** Whether it was opened in a tab beside earlier ones; the person looks at the page and touches it at `at`. */
  is_tab: boolean;
  /** Whether it takes back the other choice, made just before. */
  is_correction: boolean;
  /** Seconds until a human interaction on the page if it asks for nothing; undefined if there is none. */
  hand_after: number | undefined;
  /** Whether the person presses the button when the page asks for it. */
  would_tap: boolean;
}

export interface Opening {
  tool: number;
  choice: Verdict;
  at: number;
  presses: boolean;
  runs_scripts: boolean;
  /** Submits the form without running the page’s script. */
  posts?: boolean;
  /** By somebody to whom the mail was forwarded, from their own network and with human interaction. */
  is_friend?: boolean;
}

export interface Plan {
  reader: Reader;
  answers: Answer[];
  openings: Opening[];
}

/** listmonk #2975 and #2429 report that a third to two thirds are lost at a confirmation page. */
const TAP_SHARE = 0.6;
/** The share of mails that a scanner of the kind `sample` looks at. */
const SAMPLED = 0.2;
const DAY = 86_400;

/** What people and scanners would do with one issue; plans without either are left out. */
export function planWeek(readers: readonly Reader[], habits: Habits, random: SeededRandom): Plan[] {
  return readers.flatMap((reader) => {
    const answers = random.chance(reader.vote_probability) ? planAnswers(habits, random) : [];
    const openings = [
      ...(reader.scanner ? planOpenings(reader.scanner, answers, random) : []),
      ...(reader.prefetches && answers[0] ? prefetch(answers[0].at, random) : []),
      ...(random.chance(habits.forwarded_share) ? [forward(random)] : []),
    ];
    return answers.length + openings.length > 0 ? [{ reader, answers, openings }] : [];
  });
}

function planAnswers(habits: Habits, random: SeededRandom): Answer[] {
  const count = random.chance(0.6) ? 1 : 1 + Math.ceil(random.next() * (TOOLS - 1));
  const tools = random.shuffle(Array.from({ length: TOOLS }, (_, tool) => tool)).slice(0, count);
  let at = readingTime(habits.early_share, random);
  const hasTabs = count > 1 && random.chance(habits.tabs_share);
  return tools.flatMap((tool, index) => {
    at += index === 0 ? 0 : hasTabs ? 0.3 + random.next() * 0.5 : 4 + random.next() * 60;
    const answer: Answer = {
      tool,
      choice: random.chance(SHIP_SHARE) ? 'ship' : 'skip',
      at,
      by: index > 0 && !hasTabs && random.chance(0.6) ? 'ballot' : 'link',
      is_tab: hasTabs && index > 0,
      is_correction: false,
      hand_after: hasTabs ? 0.1 : random.chance(habits.hand_share) ? 0.5 + random.next() * 8 : undefined,
      would_tap: random.chance(TAP_SHARE),
    };
    if (hasTabs || !random.chance(habits.changes_share)) {
      return [answer];
    }
    const wrong: Answer = { ...answer, choice: answer.choice === 'ship' ? 'skip' : 'ship', hand_after: 1 };
    at += 3 + random.next() * 5;
    return [wrong, { ...answer, at, by: 'link', is_correction: true }];
  });
}

/** Some read within half an hour, half within half a day, the last after days. */
function readingTime(earlyShare: number, random: SeededRandom): number {
  const luck = random.next();
  if (luck < earlyShare / 11) {
    return 5 + random.next() * 55;
  }
  if (luck < earlyShare) {
    return 60 + random.next() * 1_740;
  }
  return 1_800 + (4 * DAY - 1_800) * random.next() ** 3;
}

/** All links are fetched at once when the mail is opened; no script of their pages runs. */
function prefetch(at: number, random: SeededRandom): Opening[] {
  return allLinks().map((link, index) => ({
    ...link,
    at: at - 8 + index * 0.05 + random.next() * 0.02,
    presses: false,
    runs_scripts: false,
  }));
}

function forward(random: SeededRandom): Opening {
  const [link] = random.shuffle(allLinks());
  return { ...link!, at: 3_600 + random.next() * DAY, presses: false, runs_scripts: true, is_friend: true };
}

function allLinks(): Pick<Opening, 'tool' | 'choice'>[] {
  return Array.from({ length: TOOLS }, (_, tool) =>
    (['ship', 'skip'] as const).map((choice) => ({ tool, choice })),
  ).flat();
}

function planOpenings(scanner: Scanner, answers: readonly Answer[], random: SeededRandom): Opening[] {
  const runs_scripts = scanner !== 'gets';
  const presses = ['presses', 'one press', 'some', 'twice', 'late', 'sample'].includes(scanner);
  if (scanner === 'at the click') {
    return answers
      .filter(({ by }) => by === 'link')
      .map(({ tool, choice, at }) => ({ tool, choice, at: at - random.next() * 2, runs_scripts, presses }));
  }
  const start = startOf(scanner, random);
  const all = allLinks();
  const shuffled = random.shuffle(all);
  const seconds = scanner === 'slow' ? 30 : 0.07;
  const visit = (links: typeof all, at: number) =>
    links.map((link, index) => ({ ...link, at: at + index * seconds, runs_scripts, presses }));
  switch (scanner) {
    case 'sample':
      return random.chance(SAMPLED) ? visit(shuffled.slice(0, 1), start) : [];
    case 'one link':
    case 'late, one link':
    case 'one press':
      return visit(shuffled.slice(0, 1), start);
    case 'twice':
      return [...visit(shuffled.slice(0, 1), start), ...visit(shuffled.slice(0, 1), start + 3_600)];
    case 'some':
      return visit([...new Map(shuffled.map((link) => [link.tool, link])).values()].slice(0, 3), start);
    case 'posts':
      return visit(all, start).map((opening) => ({ ...opening, runs_scripts: false, posts: true }));
    case 'sweeps, posts one':
      return visit(shuffled, start).map((opening, index) => ({
        ...opening,
        runs_scripts: false,
        posts: index === 0,
      }));
    case 'gets':
    case 'scripts':
    case 'presses':
    case 'before delivery':
    case 'slow':
    case 'late':
      return visit(all, start);
  }
}

function startOf(scanner: Scanner, random: SeededRandom): number {
  if (scanner === 'before delivery') {
    return -random.next() * 30;
  }
  return scanner.startsWith('late') ? 3_600 * (1 + 5 * random.next()) : scanningTime(random);
}

/**
 * The bursts reported in craft-campaign #546: 0.5 % within 10 s, 69 % within a minute, 97 % within 5 minutes, 99 %
 * within 30.
 */
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
