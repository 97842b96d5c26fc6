import { createHash } from 'node:crypto';
import { ENTRY_PRICE_NAMES, type ToolFacts } from '../comparisons/facts.ts';
import { panelOf } from '../comparisons/panel.ts';

type Pair = readonly [ToolFacts, ToolFacts];

/** The sole leader of the panel at half of it or more; undefined when it is too close to call. */
function findPanelPick(tools: Pair): ToolFacts | undefined {
  const [a, b] = tools.map((tool) => panelOf(tool.reviews).ship) as [number, number];
  const leader = a > b ? tools[0] : tools[1];
  const panel = panelOf(leader.reviews);
  return a !== b && panel.ship * 2 >= panel.of ? leader : undefined;
}

export function describePick(tools: Pair): string {
  const pick = findPanelPick(tools);
  return pick ? `Panel pick: ${pick.name}` : 'Too close to call';
}

/** Two sentences: how the panel voted, and what decides between the two. */
export function describeVerdict(tools: Pair): string {
  const pick = findPanelPick(tools);
  const [first, second] = pick === tools[1] ? [tools[1], tools[0]] : tools;
  return `${describeResult(first, second, pick !== undefined)} ${describeDecider(first, second)}`;
}

/** "A is paid ($75 per million tokens); B is free." */
export function describePricing([a, b]: Pair): string {
  return a.entry_price === b.entry_price && !a.price_note && !b.price_note
    ? `Both are ${priceWords(a)}.`
    : `${a.name} is ${priceWords(a)}; ${b.name} is ${priceWords(b)}.`;
}

/** Who disagrees with whom. */
export function describeSplit(tools: Pair): string {
  const splits = tools.map(splitOf);
  if (splits.every((split) => split.ship.length === 0 || split.skip.length === 0)) {
    return `All ${panelOf(tools[0].reviews).of} reviewers agree on both tools.`;
  }
  return tools.map((tool, index) => describeSides(tool, splits[index] as Split)).join(' ');
}

interface Split {
  ship: string[];
  skip: string[];
}

function splitOf(tool: ToolFacts): Split {
  const namesOf = (verdict: string) =>
    tool.reviews.filter((review) => review.verdict === verdict).map((review) => review.reviewer_name);
  return { ship: namesOf('ship'), skip: namesOf('skip') };
}

function describeSides(tool: ToolFacts, { ship, skip }: Split): string {
  if (skip.length === 0) {
    return `Everyone ships ${tool.name}.`;
  }
  if (ship.length === 0) {
    return `Nobody ships ${tool.name}.`;
  }
  return ship.length === 1
    ? `On ${tool.name}, only ${listNames(ship)} says ship.`
    : `On ${tool.name}, ${listNames(skip)} ${skip.length === 1 ? 'stands' : 'stand'} against ${listNames(ship)}.`;
}

function describeResult(first: ToolFacts, second: ToolFacts, hasPick: boolean): string {
  const scores = `${scoreOf(first)} to ${scoreOf(second)}`;
  const variants = hasPick
    ? [
        `The panel leans to ${first.name}: ${scores} lenses would ship it.`,
        `${first.name} takes this one, ${scores} on the panel's count.`,
        `Ask the panel and ${first.name} comes out ahead of ${second.name}, ${scores}.`,
      ]
    : [
        `The panel cannot choose between ${first.name} and ${second.name}: it is ${scores}.`,
        `Nothing separates ${first.name} from ${second.name} on the panel's count of ${scores}.`,
        `At ${scores}, the panel leaves ${first.name} against ${second.name} to you.`,
      ];
  return variants[variantOf(first, second, variants.length)] as string;
}

function scoreOf(tool: ToolFacts): number {
  return panelOf(tool.reviews).ship;
}

function describeDecider(first: ToolFacts, second: ToolFacts): string {
  const loneVoice = [second, first].flatMap((tool) => {
    const split = splitOf(tool);
    return split.skip.length === 1 ? [`Only ${split.skip[0]} would skip ${tool.name}.`] : [];
  })[0];
  const price =
    first.entry_price === second.entry_price
      ? `Both start at the same place on price: ${priceWords({ ...first, price_note: null })}.`
      : `On price, ${first.name} is ${priceWords({ ...first, price_note: null })} and ${second.name} ${priceWords({ ...second, price_note: null })}.`;
  return loneVoice ?? price;
}

/** The same pair always reads alike, different pairs do not. */
function variantOf(first: ToolFacts, second: ToolFacts, variants: number): number {
  return createHash('sha256').update(`${first.slug} ${second.slug}`).digest().readUInt16BE() % variants;
}

function priceWords({ entry_price, price_note }: Pick<ToolFacts, 'entry_price' | 'price_note'>): string {
  const words = { ...ENTRY_PRICE_NAMES, contact: 'priced on request', trial: 'a free trial', paid: 'paid' }[
    entry_price
  ];
  return `${words.toLowerCase()}${price_note ? ` (${price_note})` : ''}`;
}

function listNames(names: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names);
}
