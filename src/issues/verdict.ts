import { createHash } from 'node:crypto';
import type { ToolFacts } from '../comparisons/facts.ts';
import { panelOf } from '../comparisons/panel.ts';
import { mondayOf, type Week } from '../week.ts';
import { BOTH_PRICES, findPanelPick, type Pair, priceWords, splitOf } from './words.ts';

/**
 * Two sentences: how the panel voted, and what decides between the two. Of several ways to say either, `turn` takes the
 * next: comparisons of one issue, and issues of eight weeks on end, do not read alike.
 */
export function describeVerdict(tools: Pair, turn: number): string {
  const pick = findPanelPick(tools);
  const [first, second] = pick === tools[1] ? [tools[1], tools[0]] : tools;
  return `${take(listResults(first, second, pick !== undefined), turn)} ${describeDecider(first, second, turn)}`;
}

/** The turn of an issue's comparison, by its place in the issue. */
export function turnOf(week: Week, place: number): number {
  const monday = mondayOf(week);
  const weeks = Math.floor(monday.since('2020-01-06', { largestUnit: 'day' }).days / 7);
  return weeks + 2 * place;
}

/** The turn of a comparison outside an issue: the same pair always reads alike. */
export function turnOfPair([a, b]: Pair): number {
  return createHash('sha256').update(`${a.slug} ${b.slug}`).digest().readUInt16BE();
}

function listResults(first: ToolFacts, second: ToolFacts, hasPick: boolean): string[] {
  const [f, s] = [first.name, second.name];
  const [a, b] = [countOf(first), countOf(second)];
  const panel = panelOf(first.reviews);
  const lead = panel.ship - panelOf(second.reviews).ship;
  if (hasPick && panel.ship === panel.of) {
    return [
      `All lenses of the panel, ${a}, would ship ${f}; for ${s} it is ${b}.`,
      `${f} wins over the whole panel, ${a}, while ${s} has ${b}.`,
      `Not one lens would skip ${f}, ${a}, and ${b} would ship ${s}.`,
      `The panel ships ${f} without dissent, ${a}; ${s} comes to ${b}.`,
      `A clean sheet for ${f}, ${a}, and ${b} for ${s}.`,
    ];
  }
  if (hasPick && lead === 1) {
    return [
      `By a single lens ${f} is ahead: ${a} would ship it, ${b} would ship ${s}.`,
      `It is close, and ${f} has the edge with ${a} lenses to ${b} for ${s}.`,
      `One lens makes the difference: ${a} ship ${f} and ${b} ship ${s}.`,
      `${f} takes it narrowly, ${a} against ${b} for ${s}.`,
      `Little lies between them, but ${f} has ${a} lenses and ${s} has ${b}.`,
    ];
  }
  if (hasPick) {
    return [
      `The panel leans clearly to ${f}: ${a} lenses would ship it, ${b} would ship ${s}.`,
      `${f} is well ahead, with ${a} lenses for it and ${b} for ${s}.`,
      `Ask the panel and ${a} lenses ship ${f}; for ${s} it is ${b}.`,
      `There is distance between these two: ${a} lenses ship ${f}, ${b} ship ${s}.`,
      `${a} for ${f} and ${b} for ${s} is a clear answer.`,
    ];
  }
  return lead === 0 ? listTies(f, s, a) : listUnconvinced(f, s, a, b);
}

function listTies(f: string, s: string, a: string): string[] {
  return [
    `The panel cannot choose between ${f} and ${s}: ${a} lenses would ship either.`,
    `Nothing separates ${f} from ${s}, with ${a} lenses for each.`,
    `With ${a} lenses for each, the panel leaves ${f} or ${s} to you.`,
    `A draw: ${a} lenses would ship ${f}, and as many ${s}.`,
    `${f} and ${s} come out level, at ${a} lenses each.`,
  ];
}

function listUnconvinced(f: string, s: string, a: string, b: string): string[] {
  return [
    `Neither convinces the panel: ${a} lenses would ship ${f}, ${b} would ship ${s}.`,
    `No majority for either of them: ${a} lenses ship ${f}, ${b} ship ${s}.`,
    `Half of the panel would be a pick, and both fall short: ${f} at ${a}, ${s} at ${b}.`,
    `${f} is short of half the panel with ${a}, and so is ${s} with ${b}.`,
    `The panel holds back: ${a} lenses for ${f} and ${b} for ${s}.`,
  ];
}

/** Where the panel disagrees tells more than the price does; with several things to tell, they take turns. */
function describeDecider(first: ToolFacts, second: ToolFacts, turn: number): string {
  const kinds = [listLone(first, second), listCrossing(first, second), listPrices(first, second)].filter(
    (sentences) => sentences.length > 0,
  );
  const kind = kinds[turn % kinds.length] ?? [];
  return take(kind, Math.floor(turn / kinds.length));
}

/** One lens against all others on a tool. */
function listLone(first: ToolFacts, second: ToolFacts): string[] {
  const [lone] = [second, first].flatMap((tool) => {
    const { ship, skip } = splitOf(tool);
    return ship.length > 1 && skip.length === 1 ? [{ lens: skip[0] ?? '', tool: tool.name }] : [];
  });
  return lone
    ? [
        `Only ${lone.lens} would skip ${lone.tool}.`,
        `The one no to ${lone.tool} is that of ${lone.lens}.`,
        `${lone.lens} alone holds out against ${lone.tool}.`,
        `On ${lone.tool}, ${lone.lens} stands alone with a skip.`,
      ]
    : [];
}

/** The lens that sees it the other way round. */
function listCrossing(first: ToolFacts, second: ToolFacts): string[] {
  const [, contrary] = [first, second].map(splitOf);
  const crossing = splitOf(first).skip.filter((lens) => contrary?.ship.includes(lens));
  const [lens] = crossing;
  return lens && crossing.length === 1
    ? [
        `${lens} sees it the other way round and would ship ${second.name} alone.`,
        `The other way round goes only ${lens}: ${second.name} yes, ${first.name} no.`,
        `For ${lens} it is ${second.name} and not ${first.name}.`,
      ]
    : [];
}

function listPrices(first: ToolFacts, second: ToolFacts): string[] {
  if (first.entry_price === second.entry_price) {
    const both = BOTH_PRICES[first.entry_price];
    return [
      `On price there is nothing in it: both ${both}.`,
      `The price does not decide it, since both ${both}.`,
      `Both ${both}, so the bill is no argument.`,
      `As for what they cost, both ${both}.`,
    ];
  }
  const [f, s] = [first, second].map((tool) => priceWords({ ...tool, price_note: null }));
  return [
    `On price, ${first.name} ${f} and ${second.name} ${s}.`,
    `The bill differs too: ${first.name} ${f}, ${second.name} ${s}.`,
    `What may decide it is the price: ${first.name} ${f}, ${second.name} ${s}.`,
    `Mind the price, for ${first.name} ${f} while ${second.name} ${s}.`,
  ];
}

/** "3 of 4" */
function countOf(tool: ToolFacts): string {
  const { ship, of } = panelOf(tool.reviews);
  return `${ship} of ${of}`;
}

function take(sentences: readonly string[], turn: number): string {
  return sentences[turn % sentences.length] ?? '';
}
