import { createHash } from 'node:crypto';
import type { ToolFacts } from '../comparisons/facts.ts';
import { panelOf } from '../comparisons/panel.ts';
import type { Week } from '../week.ts';
import { findPanelPick } from './words.ts';

type Pair = readonly [ToolFacts, ToolFacts];

/** A line that an issue could have, and how good it is; the first of several is the best. */
export interface Candidate {
  text: string;
  points: number;
}

interface Lines {
  week: Week;
  lead: Pair;
  /** Of the other comparisons. */
  headlines: readonly string[];
}

const SUBJECT = { min: 30, max: 60, best: [38, 54] } as const;
const PREHEADER = { min: 40, max: 110, best: [70, 110] } as const;
/** Names give way before the score does. */
const NAME_LENGTHS = [60, 24, 20, 14, 6];

/** 30 to 60 characters that carry the verdict, in several wordings; which one is best changes from week to week. */
export function listSubjects({ week, lead, headlines }: Lines): Candidate[] {
  const score = lead.map(countOf).join('–');
  const extra = headlines.length > 0 ? `, and ${headlines.length} more` : ' in AI tool verdicts';
  const wordings = NAME_LENGTHS.flatMap((length) => {
    const [a = '', b = ''] = lead.map(({ name }) => shorten(name, length));
    return wordingsOf(lead, a, b, score).flatMap((wording) => [wording, `${wording}${extra}`]);
  });
  return rank(wordings, SUBJECT, week);
}

/** 40 to 110 characters: both names and both panel scores, then as much as fits. */
export function listPreheaders({ week, lead, headlines }: Lines): Candidate[] {
  const scores = lead.map(
    (tool) => `${shorten(tool.name, 32)}: ${countOf(tool)} of ${panelOf(tool.reviews).of} ship.`,
  );
  const pick = findPanelPick(lead);
  const ends = [
    pick ? `Panel pick: ${shorten(pick.name, 32)}.` : 'Too close to call.',
    ...headlines.map((headline) => `Also: ${headline}.`),
    'See what the panel said, then vote yourself.',
  ];
  const start = scores.join(' ');
  return rank(
    [fill(start, ends), fill(start, ends.slice(1)), fill(start, ends.toReversed())],
    PREHEADER,
    week,
  );
}

function wordingsOf(lead: Pair, a: string, b: string, score: string): string[] {
  const pick = findPanelPick(lead);
  const [first, second] = pick === lead[1] ? [b, a] : [a, b];
  const [more, less] = lead.map(countOf).toSorted((one, other) => other - one);
  return [
    `${a} vs ${b}: panel ${score}`,
    ...(pick
      ? [
          `${first} beats ${second} ${more}–${less}`,
          `The panel ships ${first} over ${second}, ${more}–${less}`,
        ]
      : [`${a} or ${b}? The panel says ${score}`]),
  ];
}

/** Only those of a good length; never empty, since the shortest names always fit. */
function rank(texts: readonly string[], limits: typeof SUBJECT | typeof PREHEADER, week: Week): Candidate[] {
  return [...new Set(texts)]
    .filter((text) => lengthOf(text) >= limits.min && lengthOf(text) <= limits.max)
    .map((text) => ({ text, points: pointsOf(text, limits, week) }))
    .toSorted((a, b) => b.points - a.points || Number(a.text > b.text) - Number(a.text < b.text));
}

/** Whole names before all else, then a length that every client shows whole, then something new. */
function pointsOf(
  text: string,
  { best: [least, most] }: typeof SUBJECT | typeof PREHEADER,
  week: Week,
): number {
  const length = lengthOf(text);
  const isWhole = !text.includes('…');
  const isBest = length >= least && length <= most;
  return (isWhole ? 40 : 0) + (isBest ? 20 : 0) + chanceOf(text, week) * 25;
}

/** From 0 to 1: the same week always reads alike, eight in a row do not. */
function chanceOf(text: string, week: Week): number {
  return createHash('sha256').update(`${week} ${text}`).digest().readUInt16BE() / 0xff_ff;
}

function fill(start: string, parts: readonly string[]): string {
  return parts.reduce(
    (text, part) => (lengthOf(text) + lengthOf(part) + 1 <= PREHEADER.max ? `${text} ${part}` : text),
    start,
  );
}

function countOf({ reviews }: ToolFacts): number {
  return panelOf(reviews).ship;
}

function shorten(name: string, length: number): string {
  const characters = [...new Intl.Segmenter('en').segment(name)].map(({ segment }) => segment);
  return characters.length <= length
    ? name
    : `${characters
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
