import { endLeftToRight, withoutMarks } from '../../../emails/_parts/text/left-to-right.ts';
import { type Panel, panelOf } from '../../comparisons/show/panel.ts';
import { weekIndexOf, type Week } from '../../week.ts';
import type { Candidate } from '../record/issue.ts';
import { findPanelPick, isTie, type Judged } from './_phrases.ts';

type Pair = readonly [Judged, Judged];

interface Lines {
  week: Week;
  lead: Pair;
  /** Headlines of the other comparisons. */
  headlines: readonly string[];
}

const SUBJECT = { min: 30, max: 60, best: [38, 54] } as const;
const PREHEADER = { min: 40, max: 110, best: [70, 110] } as const;
/** Less than the points for an uncut name (40) and for a good length (20). */
const NOVELTY = 15;
/** Maximum lengths of names, to be tried in this order: names are shortened, scores never. */
const NAME_LENGTHS = [60, 24, 20, 14, 6];
const CHARACTERS = new Intl.Segmenter('en');

/** Subjects of 30 to 60 characters with the verdict, in several wordings; the best one changes from week to week. */
export function listSubjects({ week, lead, headlines }: Lines): Candidate[] {
  const others = headlines.length;
  const more = others > 0 ? [`, plus ${others} more ${others === 1 ? 'verdict' : 'verdicts'}`] : [];
  const byLength = NAME_LENGTHS.map((length) => {
    const [a = '', b = ''] = lead.map(({ name }) => shorten(name, length));
    return wordingsOf(lead, a, b);
  });
  const variants = (byLength[0] ?? []).map((_, index) =>
    byLength.flatMap((wordings) => {
      const wording = wordings[index] ?? '';
      return [wording, ...more.map((end) => wording + end), `This week’s verdict: ${wording}`];
    }),
  );
  return rank(variants, SUBJECT, week);
}

/** Preheaders of 40 to 110 characters: both names and panel scores, then as much more as fits. */
export function listPreheaders({ week, lead, headlines }: Lines): Candidate[] {
  const pick = findPanelPick(lead);
  const ends = [
    ...(pick ? [`Panel pick: ${shorten(pick.name, 32)}.`] : []),
    ...listAlso(headlines),
    'Read why, then cast your own vote.',
  ];
  const start = startOf(lead);
  return rank(
    [[fill(start, ends)], [fill(start, ends.slice(1))], [fill(start, ends.toReversed())]],
    PREHEADER,
    week,
  );
}

/** Both names with their scores; longer names are shortened until there is room for more. */
function startOf(lead: Pair): string {
  const starts = [32, 24, 16].map((length) =>
    lead.map((tool) => `${shorten(tool.name, length)}: ${formatScore(tool)}.`).join(' '),
  );
  return starts.find((start) => lengthOf(start) <= PREHEADER.max) ?? starts.at(-1) ?? '';
}

/** "3–2" where the panels are equally large, "3 of 4 to 2 of 5" where they are not. */
function wordingsOf(lead: Pair, a: string, b: string): string[] {
  const pick = findPanelPick(lead);
  const [first, second] = pick === lead[1] ? [b, a] : [a, b];
  const [one, other] = (pick === lead[1] ? lead.toReversed() : lead).map(({ reviews }) =>
    panelOf(reviews),
  ) as [Panel, Panel];
  const isSameSize = one.of === other.of;
  const score = isSameSize
    ? `${one.ship}–${other.ship}`
    : `${one.ship} of ${one.of} to ${other.ship} of ${other.of}`;
  const [more, less] = isSameSize
    ? [one.ship, other.ship]
    : [`${one.ship} of ${one.of}`, `${other.ship} of ${other.of}`];
  if (one.of === 0 || other.of === 0) {
    return [
      `${a} or ${b}? Not all reviews are in yet`,
      `${a} and ${b}, side by side`,
      `What is known about ${a} and ${b} so far`,
    ];
  }
  if (!pick && isTie(one, other)) {
    return [
      `${a} and ${b} tie, ${score}`,
      `${a} or ${b}? It’s a tie, ${score}`,
      `It’s a draw: ${a} ${more}, ${b} ${less}`,
    ];
  }
  if (!pick) {
    return [
      `${a} or ${b}? The panel passes on both`,
      `No pick: ${a} ${one.ship} of ${one.of}, ${b} ${other.ship} of ${other.of}`,
      `The panel isn’t sold on ${a} or ${b}`,
    ];
  }
  return [
    `${first} beats ${second}, ${score}`,
    !isSameSize
      ? `${first} is ahead of ${second}, ${score}`
      : one.ship - other.ship === 1
        ? `${first} edges out ${second}, ${score}`
        : `${first} beats ${second} comfortably, ${score}`,
    `${first} ${more}, ${second} ${less}`,
    one.of === 1
      ? `The reviewer would ship ${first}`
      : one.ship < one.of
        ? `${one.ship} of ${one.of} reviewers would ship ${first}`
        : `${one.of === 2 ? 'Both' : `All ${one.of}`} reviewers would ship ${first}`,
  ];
}

/** "Also: …" sentences with all headlines, all but one, and so on. */
function listAlso(headlines: readonly string[]): string[] {
  const also = headlines.map((_, index) => `Also: ${headlines.slice(0, index + 1).join('; ')}.`);
  return also.toReversed();
}

/**
 * Ranks the texts of all wordings; each item of `variants` is one wording in several lengths. Drops texts outside the
 * limits; rotates weekly among the best wordings. Never empty, since the shortest names always fit.
 */
function rank(
  variants: readonly (readonly string[])[],
  limits: typeof SUBJECT | typeof PREHEADER,
  week: Week,
): Candidate[] {
  const scored = variants.map((texts) =>
    [...new Set(texts)]
      .filter((text) => lengthOf(text) >= limits.min && lengthOf(text) <= limits.max)
      .map((text) => ({ text, points: pointsOf(text, limits) })),
  );
  const most = Math.max(...scored.flat().map(({ points }) => points));
  const best = scored.filter((candidates) => candidates.some(({ points }) => points === most));
  const novelty = new Map(
    best.map((candidates, index) => [
      candidates,
      NOVELTY * (1 - ((index + weekIndexOf(week)) % best.length) / best.length),
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

/** Uncut names count most, then a length that every client shows in full; `rank` adds points for novelty. */
function pointsOf(text: string, { best: [least, most] }: typeof SUBJECT | typeof PREHEADER): number {
  const length = lengthOf(text);
  const isWhole = !text.includes('…');
  const isBest = length >= least && length <= most;
  return (isWhole ? 40 : 0) + (isBest ? 20 : 0);
}

/** Appends each part that fits; of the "Also:" parts, only the first that fits. */
function fill(start: string, parts: readonly string[]): string {
  return parts.reduce((text, part) => {
    const isRepeat = part.startsWith('Also:') && text.includes('Also:');
    return !isRepeat && lengthOf(text) + lengthOf(part) + 1 <= PREHEADER.max ? `${text} ${part}` : text;
  }, start);
}

/** "3 of 4 would ship it" */
function formatScore({ reviews }: Judged): string {
  const { ship, of } = panelOf(reviews);
  return of === 0 ? 'not reviewed yet' : `${ship} of ${of} would ship it`;
}

function shorten(name: string, length: number): string {
  const bare = withoutMarks(name);
  if (bare.length <= length) {
    return name;
  }
  const characters = [...CHARACTERS.segment(bare)].map(({ segment }) => segment);
  return characters.length <= length
    ? name
    : endLeftToRight(`${cutAtWord(characters.slice(0, length - 1).join(''))}…`);
}

/** Cuts at the last space if that keeps at least half of the text. */
function cutAtWord(text: string): string {
  const space = text.trimEnd().lastIndexOf(' ');
  return space * 2 >= text.length ? text.slice(0, space) : text.trimEnd();
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
