import { createHash } from 'node:crypto';
import type { ToolFacts } from '../comparisons/facts.ts';
import { panelOf } from '../comparisons/panel.ts';
import type { EntryPrice } from '../schema.ts';

type Pair = readonly [ToolFacts, ToolFacts];

/** The sole leader of the panel at half of it or more; undefined when it is too close to call. */
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

/** Two sentences: how the panel voted, and what decides between the two. */
export function describeVerdict(tools: Pair): string {
  const pick = findPanelPick(tools);
  const [first, second] = pick === tools[1] ? [tools[1], tools[0]] : tools;
  return `${describeResult(first, second, pick !== undefined)} ${describeDecider(first, second)}`;
}

/** "A is paid ($75 per million tokens); B is free." */
export function describePricing([a, b]: Pair): string {
  return a.entry_price === b.entry_price && !a.price_note && !b.price_note
    ? `Both ${BOTH_PRICES[a.entry_price]}.`
    : `${a.name} ${priceWords(a)}; ${b.name} ${priceWords(b)}.`;
}

/** Who disagrees with whom. */
export function describeSplit(tools: Pair): string {
  const splits = tools.map(splitOf);
  if (splits.every((split) => split.ship.length === 0 || split.skip.length === 0)) {
    return `The reviewers are of one mind on both tools. ${tools.map(describeUnity).join(' ')}`;
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

function describeUnity(tool: ToolFacts): string {
  return `${scoreOf(tool) > 0 ? 'Everyone ships' : 'Nobody ships'} ${tool.name}.`;
}

function describeSides(tool: ToolFacts, { ship, skip }: Split): string {
  if (skip.length === 0 || ship.length === 0) {
    return describeUnity(tool);
  }
  return ship.length === 1
    ? `On ${tool.name}, only ${listNames(ship)} says ship.`
    : `On ${tool.name}, ${listNames(skip)} ${skip.length === 1 ? 'stands' : 'stand'} against ${listNames(ship)}.`;
}

function describeResult(first: ToolFacts, second: ToolFacts, hasPick: boolean): string {
  const [a, b] = [countOf(first), countOf(second)];
  const leaning = [
    `The panel leans to ${first.name}: ${a} lenses would ship it, ${b} would ship ${second.name}.`,
    `${first.name} comes out ahead with ${a} lenses for it; ${second.name} has ${b}.`,
    `Ask the panel and ${a} lenses ship ${first.name}, ${b} ship ${second.name}.`,
  ];
  const tied = [
    `The panel cannot choose between ${first.name} and ${second.name}: ${a} lenses would ship either.`,
    `Nothing separates ${first.name} from ${second.name}, with ${a} lenses for each.`,
    `With ${a} lenses for each, the panel leaves ${first.name} or ${second.name} to you.`,
  ];
  const unconvinced = [
    `Neither convinces the panel: ${a} lenses would ship ${first.name}, ${b} ${second.name}.`,
  ];
  const variants = hasPick ? leaning : a === b ? tied : unconvinced;
  return variants[variantOf(first, second, variants.length)] as string;
}

/** "3 of 4" */
function countOf(tool: ToolFacts): string {
  const { ship, of } = panelOf(tool.reviews);
  return `${ship} of ${of}`;
}

function scoreOf(tool: ToolFacts): number {
  return panelOf(tool.reviews).ship;
}

/** A lone no, or two of them, tells more than the price does. */
function describeDecider(first: ToolFacts, second: ToolFacts): string {
  const lone = [second, first].flatMap((tool) => {
    const { ship, skip } = splitOf(tool);
    return ship.length > 1 && skip.length === 1 ? [`only ${skip[0]} would skip ${tool.name}`] : [];
  });
  const price = `On price, ${first.name} ${priceWords({ ...first, price_note: null })} and ${second.name} ${priceWords({ ...second, price_note: null })}`;
  const samePrice = `On price there is nothing in it: both ${BOTH_PRICES[first.entry_price]}`;
  const decider = lone.join(', ') || (first.entry_price === second.entry_price ? samePrice : price);
  return `${decider.slice(0, 1).toUpperCase()}${decider.slice(1)}.`;
}

/** The same pair always reads alike, different pairs do not. */
function variantOf(first: ToolFacts, second: ToolFacts, variants: number): number {
  return createHash('sha256').update(`${first.slug} ${second.slug}`).digest().readUInt16BE() % variants;
}

const PRICES: Record<EntryPrice, string> = {
  free: 'is free',
  freemium: 'is freemium',
  trial: 'has a free trial',
  paid: 'is paid',
  contact: 'is priced on request',
};

const BOTH_PRICES: Record<EntryPrice, string> = {
  free: 'are free',
  freemium: 'are freemium',
  trial: 'have a free trial',
  paid: 'are paid',
  contact: 'are priced on request',
};

function priceWords({ entry_price, price_note }: Pick<ToolFacts, 'entry_price' | 'price_note'>): string {
  return `${PRICES[entry_price]}${price_note ? ` (${price_note})` : ''}`;
}

function listNames(names: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names);
}
