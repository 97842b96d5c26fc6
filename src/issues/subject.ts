import type { ToolFacts } from '../comparisons/facts.ts';
import { panelOf } from '../comparisons/panel.ts';

type Pair = readonly [ToolFacts, ToolFacts];

const SUBJECT = { min: 30, max: 60 };
const PREHEADER = { min: 40, max: 110 };

/** 30 to 60 characters that carry the verdict; names give way before the score does. */
export function writeSubject(lead: Pair, moreCount: number): string {
  const score = lead.map(({ reviews }) => panelOf(reviews).ship).join('–');
  const candidates = [60, 24, 20, 16].map((length) => {
    const [a, b] = lead.map((tool) => shorten(tool.name, length));
    return `${a} vs ${b}: panel ${score}`;
  });
  const fitting = candidates.find((subject) => lengthOf(subject) <= SUBJECT.max) as string;
  const extra =
    moreCount > 0 ? `, and ${moreCount} more verdict${moreCount === 1 ? '' : 's'}` : ' in AI tool verdicts';
  return lengthOf(fitting) < SUBJECT.min ? `${fitting}${extra}` : fitting;
}

/** 40 to 110 characters: both names and both panel scores, then as much as fits. */
export function writePreheader(lead: Pair, pick: string, more: readonly string[]): string {
  const scores = lead.map((tool) => {
    const { ship, of } = panelOf(tool.reviews);
    return `${shorten(tool.name, 32)}: ${ship} of ${of} ship.`;
  });
  const parts = [
    `${pick}.`,
    ...more.map((headline) => `Also: ${headline}.`),
    'See what the panel said, then vote yourself.',
  ];
  return parts.reduce(
    (text, part) => (lengthOf(text) + lengthOf(part) + 1 <= PREHEADER.max ? `${text} ${part}` : text),
    scores.join(' '),
  );
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
