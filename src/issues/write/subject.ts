import type { ToolFacts } from '../../comparisons/show/facts.ts';
import { panelOf } from '../../comparisons/show/panel.ts';
import { weekIndexOf, type Week } from '../../week.ts';
import type { Candidate } from '../record/issue.ts';
import { findPanelPick } from './_phrases.ts';

type Pair = readonly [ToolFacts, ToolFacts];

interface Lines {
  week: Week;
  lead: Pair;
  /** Of the other comparisons. */
  headlines: readonly string[];
}

const SUBJECT = { min: 30, max: 60, best: [38, 54] } as const;
const PREHEADER = { min: 40, max: 110, best: [70, 110] } as const;
/** Less than a whole name or a good length is worth. */
const NOVELTY = 15;
/** Names give way before the score does. */
const NAME_LENGTHS = [60, 24, 20, 14, 6];

/** 30 to 60 characters that carry the verdict, in several wordings; which one is best changes from week to week. */
export function listSubjects({ week, lead, headlines }: Lines): Candidate[] {
  const extra = headlines.length > 0 ? `, and ${headlines.length} more` : ' in AI tool verdicts';
  const byLength = NAME_LENGTHS.map((length) => {
    const [a = '', b = ''] = lead.map(({ name }) => shorten(name, length));
    return wordingsOf(lead, a, b);
  });
  const ways = (byLength[0] ?? []).map((_, way) =>
    byLength.flatMap((wordings) => [wordings[way] ?? '', `${wordings[way]}${extra}`]),
  );
  return rank(ways, SUBJECT, week);
}

/** 40 to 110 characters: both names and both panel scores, then as much as fits. */
export function listPreheaders({ week, lead, headlines }: Lines): Candidate[] {
  const scores = lead.map((tool) => `${shorten(tool.name, 32)}: ${scoreOf(tool)} ship.`);
  const pick = findPanelPick(lead);
  const ends = [
    pick ? `Panel pick: ${shorten(pick.name, 32)}.` : 'Too close to call.',
    ...listAlso(headlines),
    'See what the panel said, then vote yourself.',
  ];
  const start = scores.join(' ');
  return rank(
    [[fill(start, ends)], [fill(start, ends.slice(1))], [fill(start, ends.toReversed())]],
    PREHEADER,
    week,
  );
}

/** Each score with what it is of: "3–2" would read as one vote of five. */
function wordingsOf(lead: Pair, a: string, b: string): string[] {
  const pick = findPanelPick(lead);
  const [first, second] = pick === lead[1] ? [b, a] : [a, b];
  const [more, less] = (pick === lead[1] ? lead.toReversed() : lead).map(scoreOf);
  return pick
    ? [
        `${first} ${more}, ${second} ${less}`,
        `${more} lenses ship ${first}, ${less} ${second}`,
        `The panel prefers ${first} to ${second}, ${more} to ${less}`,
        `${first} or ${second}? ${more} would ship ${first}`,
        `Ahead by the panel: ${first}, ${more}`,
      ]
    : [
        `${a} ${more}, ${b} ${less}: too close to call`,
        `${a} or ${b}? The panel is at ${more} and ${less}`,
        `No pick this week: ${a} ${more}, ${b} ${less}`,
      ];
}

/** As many headlines in one sentence as could fit, the most first. */
function listAlso(headlines: readonly string[]): string[] {
  const also = headlines.map((_, index) => `Also: ${headlines.slice(0, index + 1).join('; ')}.`);
  return also.toReversed();
}

/**
 * Each way to say it in its lengths; of them only good lengths. Of the ways that do it best, another comes first each
 * week. Never empty, since the shortest names always fit.
 */
function rank(
  ways: readonly (readonly string[])[],
  limits: typeof SUBJECT | typeof PREHEADER,
  week: Week,
): Candidate[] {
  const scored = ways.map((texts) =>
    [...new Set(texts)]
      .filter((text) => lengthOf(text) >= limits.min && lengthOf(text) <= limits.max)
      .map((text) => ({ text, points: pointsOf(text, limits) })),
  );
  const most = Math.max(...scored.flat().map(({ points }) => points));
  const best = scored.filter((candidates) => candidates.some(({ points }) => points === most));
  const novelty = new Map(
    best.map((candidates, place) => [
      candidates,
      NOVELTY * (1 - ((place + weekIndexOf(week)) % best.length) / best.length),
    ]),
  );
  const points = new Map<string, number>();
  for (const candidates of scored) {
    for (const candidate of candidates) {
      const total = candidate.points + (novelty.get(candidates) ?? 0);
      points.set(candidate.text, Math.max(points.get(candidate.text) ?? 0, total));
    }
  }
  return [...points]
    .map(([text, points]) => ({ text, points }))
    .toSorted((a, b) => b.points - a.points || Number(a.text > b.text) - Number(a.text < b.text));
}

/** Whole names before all else, then a length that every client shows whole, then something new. */
function pointsOf(text: string, { best: [least, most] }: typeof SUBJECT | typeof PREHEADER): number {
  const length = lengthOf(text);
  const isWhole = !text.includes('…');
  const isBest = length >= least && length <= most;
  return (isWhole ? 40 : 0) + (isBest ? 20 : 0);
}

/** One of the parts that begin alike, since the longest of them comes first. */
function fill(start: string, parts: readonly string[]): string {
  return parts.reduce((text, part) => {
    const isTold = part.startsWith('Also:') && text.includes('Also:');
    return !isTold && lengthOf(text) + lengthOf(part) + 1 <= PREHEADER.max ? `${text} ${part}` : text;
  }, start);
}

/** "3 of 4" */
function scoreOf({ reviews }: ToolFacts): string {
  const { ship, of } = panelOf(reviews);
  return `${ship} of ${of}`;
}

function shorten(name: string, length: number): string {
  const characters = [...new Intl.Segmenter('en').segment(name)].map(({ segment }) => segment);
  return characters.length <= length ? name : `${cutAtWord(characters.slice(0, length - 1).join(''))}…`;
}

/** At the last blank, when that leaves at least half. */
function cutAtWord(text: string): string {
  const blank = text.trimEnd().lastIndexOf(' ');
  return blank * 2 >= text.length ? text.slice(0, blank) : text.trimEnd();
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
