import type { ToolFacts } from '../../comparisons/show/facts.ts';
import { panelOf } from '../../comparisons/show/panel.ts';
import type { EntryPrice } from '../../database/schema.ts';

export type Pair = readonly [ToolFacts, ToolFacts];

/** The tool with more ship votes, if at least half of the panel ships it; undefined when it is too close to call. */
export function findPanelPick(tools: Pair): ToolFacts | undefined {
  const [a, b] = tools.map((tool) => panelOf(tool.reviews).ship) as [number, number];
  const leader = a > b ? tools[0] : tools[1];
  const panel = panelOf(leader.reviews);
  return a !== b && panel.ship * 2 >= panel.of ? leader : undefined;
}

export function describePick(tools: Pair): string {
  const pick = findPanelPick(tools);
  return pick ? `Panel pick: ${pick.name}` : 'Too close to call';
}

/** "A is paid ($75 per million tokens); B is free." */
export function describePricing([a, b]: Pair): string {
  return a.entry_price === b.entry_price && !a.price_note && !b.price_note
    ? `Both ${BOTH_PRICES[a.entry_price]}.`
    : `${a.name} ${priceWords(a)}; ${b.name} ${priceWords(b)}.`;
}

/** Which reviewers disagree on each tool. */
export function describeSplit(tools: Pair): string {
  const splits = tools.map(splitOf);
  if (splits.every((split) => split.ship.length === 0 || split.skip.length === 0)) {
    return `The reviewers are of one mind on both tools. ${tools.map(describeUnanimity).join(' ')}`;
  }
  return tools.map((tool, index) => describeSides(tool, splits[index] as Split)).join(' ');
}

/** Names of the reviewers of a tool by their verdict. */
interface Split {
  ship: string[];
  skip: string[];
}

export function splitOf(tool: ToolFacts): Split {
  const namesOf = (verdict: string) =>
    tool.reviews.filter((review) => review.verdict === verdict).map((review) => review.reviewer_name);
  return { ship: namesOf('ship'), skip: namesOf('skip') };
}

function describeUnanimity(tool: ToolFacts): string {
  return `${scoreOf(tool) > 0 ? 'Everyone ships' : 'Nobody ships'} ${tool.name}.`;
}

function describeSides(tool: ToolFacts, { ship, skip }: Split): string {
  if (skip.length === 0 || ship.length === 0) {
    return describeUnanimity(tool);
  }
  return ship.length === 1
    ? `On ${tool.name}, only ${listNames(ship)} says ship.`
    : `On ${tool.name}, ${listNames(skip)} ${skip.length === 1 ? 'stands' : 'stand'} against ${listNames(ship)}.`;
}

function scoreOf(tool: ToolFacts): number {
  return panelOf(tool.reviews).ship;
}

const PRICES: Record<EntryPrice, string> = {
  free: 'is free',
  freemium: 'is freemium',
  trial: 'has a free trial',
  paid: 'is paid',
  contact: 'is priced on request',
};

export const BOTH_PRICES: Record<EntryPrice, string> = {
  free: 'are free',
  freemium: 'are freemium',
  trial: 'have a free trial',
  paid: 'are paid',
  contact: 'are priced on request',
};

export function priceWords({
  entry_price,
  price_note,
}: Pick<ToolFacts, 'entry_price' | 'price_note'>): string {
  return `${PRICES[entry_price]}${price_note ? ` (${price_note})` : ''}`;
}

function listNames(names: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names);
}
