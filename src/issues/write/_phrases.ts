import type { ToolFacts } from '../../comparisons/show/facts.ts';
import { type Panel, panelOf } from '../../comparisons/show/panel.ts';
import type { EntryPrice, Verdict } from '../../database/schema.ts';

export type Pair = readonly [ToolFacts, ToolFacts];

/** A tool with the panel's verdicts on it. */
export interface Judged {
  name: string;
  reviews: readonly { verdict: Verdict }[];
}

/**
 * The tool that a larger share of its reviewers would ship, if at least half of them would; undefined for a tie, if
 * too few would ship either, or if nobody has reviewed one of them.
 */
export function findPanelPick<Tool extends Judged>(tools: readonly [Tool, Tool]): Tool | undefined {
  const [one, other] = tools.map((tool) => panelOf(tool.reviews)) as [Panel, Panel];
  const difference = compareShares(one, other);
  const [leader, panel] = difference > 0 ? [tools[0], one] : [tools[1], other];
  if (one.of === 0 || other.of === 0) {
    return undefined;
  }
  return difference !== 0 && panel.ship * 2 >= panel.of ? leader : undefined;
}

/** Positive if a larger share of the first panel would ship; panels may differ in size. */
export function compareShares(one: Panel, other: Panel): number {
  return shareOf(one) - shareOf(other);
}

function shareOf({ ship, of }: Panel): number {
  return of === 0 ? 0 : ship / of;
}

/** Whether both are equally good, rather than equally bad. */
export function isTie(one: Panel, other: Panel): boolean {
  return one.of > 0 && compareShares(one, other) === 0 && one.ship * 2 >= one.of;
}

export function describePick(tools: Pair): string {
  const pick = findPanelPick(tools);
  const [one, other] = tools.map(({ reviews }) => panelOf(reviews)) as [Panel, Panel];
  return pick ? `Panel pick: ${pick.name}` : isTie(one, other) ? 'Panel tied' : 'No panel pick';
}

/** "A is paid ($75 per million tokens), B is free." */
export function describePricing([a, b]: Pair): string {
  return a.entry_price === b.entry_price && !a.price_note && !b.price_note
    ? `${capitalize(BOTH_PRICES[a.entry_price])}.`
    : `${a.name} ${priceWords(a)}, ${b.name} ${priceWords(b)}.`;
}

/** Which reviewers would ship each tool, and which would skip it. */
export function describeSplit(tools: Pair): string {
  const [one, other] = tools.map(splitOf) as [Split, Split];
  const isSame = String(one.ship) === String(other.ship) && String(one.skip) === String(other.skip);
  return isSame ? describeBoth(one) : tools.map(describeSides).join(' ');
}

function describeBoth({ ship, skip }: Split): string {
  if (ship.length + skip.length === 0) {
    return 'Nobody has reviewed either one yet.';
  }
  if (skip.length === 0) {
    return 'Everyone would ship both.';
  }
  return ship.length === 0
    ? 'Nobody would ship either one.'
    : `${listNames(ship)} would ship both; ${listNames(skip)} would ship neither.`;
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

function describeSides(tool: ToolFacts): string {
  const { ship, skip } = splitOf(tool);
  if (ship.length + skip.length === 0) {
    return `Nobody has reviewed ${tool.name} yet.`;
  }
  if (skip.length === 0) {
    return `Everyone would ship ${tool.name}.`;
  }
  if (ship.length === 0) {
    return `Nobody would ship ${tool.name}.`;
  }
  return skip.length < ship.length
    ? `Everyone but ${listNames(skip)} would ship ${tool.name}.`
    : ship.length < skip.length
      ? `Only ${listNames(ship)} would ship ${tool.name}.`
      : `${listNames(ship)} would ship ${tool.name}; ${listNames(skip)} wouldn’t.`;
}

const PRICES: Record<EntryPrice, string> = {
  free: 'is free',
  freemium: 'has a free tier',
  trial: 'has a free trial',
  paid: 'has no free plan',
  contact: 'quotes prices on request',
};

/** Clauses without an initial capital. */
export const BOTH_PRICES: Record<EntryPrice, string> = {
  free: 'both are free',
  freemium: 'both have a free tier',
  trial: 'both have a free trial',
  paid: 'neither has a free plan',
  contact: 'both quote prices on request',
};

export function priceWords({
  entry_price,
  price_note,
}: Pick<ToolFacts, 'entry_price' | 'price_note'>): string {
  return `${PRICES[entry_price]}${price_note ? ` (${price_note})` : ''}`;
}

export function capitalize(clause: string): string {
  return `${clause[0]?.toUpperCase()}${clause.slice(1)}`;
}

/** "A, B, and C" */
function listNames(names: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names);
}
