import { createHash } from 'node:crypto';
import type { ToolFacts } from '../../comparisons/show/facts.ts';
import { type Panel, panelOf } from '../../comparisons/show/panel.ts';
import { weekIndexOf, type Week } from '../../week.ts';
import {
  UNANIMOUS,
  NARROW,
  CLEAR,
  TIES,
  ALL_FOR_BOTH,
  NO_TAKERS,
  UNCONVINCED,
  UNEQUAL_PANELS,
  HOLDOUT,
  CONTRARIAN,
  SAME_PRICE,
  SAME_KIND,
  UNREVIEWED,
  BOTH_UNREVIEWED,
  ONE_IS_PAID,
  PRICES,
} from './_verdict-templates.ts';
import {
  BOTH_PRICES,
  capitalize,
  compareShares,
  findPanelPick,
  type Pair,
  priceWords,
  splitOf,
} from './_phrases.ts';

/** The wordings that earlier comparisons of an issue have used, and how often each kind of decider. */
interface Used {
  results: ReadonlySet<string>;
  kinds: ReadonlyMap<string, number>;
  deciders: ReadonlySet<string>;
}

const NOTHING_USED: Used = { results: new Set(), kinds: new Map(), deciders: new Set() };

/**
 * Two sentences for each comparison of an issue: how the panel voted, and what decides between the two tools. Wordings
 * rotate: each week starts with the next one, so that eight issues in a row differ, and an issue repeats none while
 * others are left.
 */
export function describeVerdicts(comparisons: readonly Pair[], week: Week): string[] {
  const first = weekIndexOf(week);
  let used = NOTHING_USED;
  return comparisons.map((tools, index) => {
    const verdict = describe(tools, first + index, used);
    used = verdict.used;
    return verdict.text;
  });
}

/** For a comparison outside an issue: the wording depends only on the pair of tools. */
export function describeVerdict(tools: Pair): string {
  const [a, b] = tools;
  const rotation = createHash('sha256').update(`${a.slug} ${b.slug}`).digest().readUInt16BE();
  return describe(tools, rotation, NOTHING_USED).text;
}

function describe(tools: Pair, rotation: number, used: Used): { text: string; used: Used } {
  const pick = findPanelPick(tools);
  const [first, second] = inOrder(tools);
  const result = pickUnused(listResults(first, second, pick !== undefined), rotation, used.results);
  const words = { f: first.name, s: second.name, ...countsOf(first, second) };
  const decider = pickDecider(first, second, rotation, used.kinds);
  const template = pickUnused(decider.templates, decider.rotation, used.deciders);
  return {
    text: `${fill(result, words)} ${fill(template, decider.words)}`,
    used: {
      results: new Set([...used.results, result]),
      kinds: new Map([...used.kinds, [decider.name, (used.kinds.get(decider.name) ?? 0) + 1]]),
      deciders: new Set([...used.deciders, template]),
    },
  };
}

/** The one with more ships first. */
function inOrder([a, b]: Pair): Pair {
  return compareShares(panelOf(b.reviews), panelOf(a.reviews)) > 0 ? [b, a] : [a, b];
}

/** The words that templates of results may contain: {f} and {s} are the names. */
function countsOf(first: ToolFacts, second: ToolFacts): Record<string, string> {
  const [one, other] = [panelOf(first.reviews), panelOf(second.reviews)];
  return {
    // Ships of each, and the size of each panel.
    a: String(one.ship),
    b: String(other.ship),
    n: String(one.of),
    m: String(other.of),
    reviewers: `${one.ship} reviewer${one.ship === 1 ? '' : 's'}`,
    others: other.ship === 0 ? 'nobody' : String(other.ship),
    ...(one.of === 0
      ? { u: first.name, r: second.name, x: String(other.ship), y: String(other.of) }
      : { u: second.name, r: first.name, x: String(one.ship), y: String(one.of) }),
  };
}

function listResults(first: ToolFacts, second: ToolFacts, hasPick: boolean): readonly string[] {
  const panels = [panelOf(first.reviews), panelOf(second.reviews)] as const;
  const templates = listTemplates(...panels, hasPick);
  const isFew = panels.some(({ of }) => of <= 2);
  return isFew ? templates.filter((template) => !SEVERAL.test(template)) : templates;
}

/** Templates that would be wrong for one or two reviewers, such as "all 1 reviewers" and "all 2". */
const SEVERAL = /\{[nm]\} reviewers|all \{[nm]\}/i;

function listTemplates(one: Panel, other: Panel, hasPick: boolean): readonly string[] {
  if (one.of === 0 || other.of === 0) {
    return one.of === other.of ? BOTH_UNREVIEWED : UNREVIEWED;
  }
  if (one.of !== other.of) {
    return UNEQUAL_PANELS;
  }
  if (!hasPick) {
    const isTie = one.ship === other.ship;
    return isTie && one.ship === 0
      ? NO_TAKERS
      : isTie && one.ship === one.of
        ? ALL_FOR_BOTH
        : isTie && one.ship * 2 >= one.of
          ? TIES
          : UNCONVINCED;
  }
  const margin = one.ship - other.ship;
  return one.ship === one.of ? UNANIMOUS : margin === 1 ? NARROW : CLEAR;
}

/**
 * Where the panel disagrees is worth a sentence, and so is the price; the kind that this issue has used least is next.
 */
function pickDecider(
  first: ToolFacts,
  second: ToolFacts,
  rotation: number,
  used: Used['kinds'],
): Decider & { rotation: number } {
  const kinds = [
    findHoldout(first, second),
    findContrarian(first, second),
    comparePrices(first, second),
  ].filter((kind) => kind !== undefined);
  const rotated = kinds.map((_, index) => kinds[(rotation + index) % kinds.length]!);
  const kind = rotated.reduce((least, other) =>
    (used.get(other.name) ?? 0) < (used.get(least.name) ?? 0) ? other : least,
  );
  return { ...kind, rotation: Math.floor(rotation / kinds.length) };
}

interface Decider {
  name: string;
  templates: readonly string[];
  words: Record<string, string>;
}

/** One reviewer who skips a tool that all others would ship. */
function findHoldout(first: ToolFacts, second: ToolFacts): Decider | undefined {
  const [holdout] = [second, first].flatMap((tool) => {
    const { ship, skip } = splitOf(tool);
    return ship.length > 1 && skip.length === 1 ? [{ reviewer: skip[0] ?? '', tool: tool.name }] : [];
  });
  return holdout && { name: 'holdout', templates: HOLDOUT, words: holdout };
}

/** The one reviewer who skips the first tool and ships the second. */
function findContrarian(first: ToolFacts, second: ToolFacts): Decider | undefined {
  const contrary = splitOf(second).ship;
  const [reviewer, ...others] = splitOf(first).skip.filter((one) => contrary.includes(one));
  return reviewer && others.length === 0
    ? { name: 'contrarian', templates: CONTRARIAN, words: { reviewer, f: first.name, s: second.name } }
    : undefined;
}

/** Prices of the same kind are the same only if both are free or their notes are equal; without notes nobody knows. */
function comparePrices(first: ToolFacts, second: ToolFacts): Decider {
  const isOneKind = first.entry_price === second.entry_price;
  const isSame = isOneKind && (first.entry_price === 'free' || first.price_note === second.price_note);
  if (isSame) {
    const both = BOTH_PRICES[first.entry_price];
    const isKnown = first.entry_price === 'free' || first.price_note !== null;
    return {
      name: 'price',
      templates: isKnown ? SAME_PRICE : SAME_KIND,
      words: { both, Both: capitalize(both) },
    };
  }
  const [free, paid] = first.entry_price === 'free' ? [first, second] : [second, first];
  if (free.entry_price === 'free' && paid.entry_price === 'paid') {
    return { name: 'price', templates: ONE_IS_PAID, words: { free: free.name, paid: paid.name } };
  }
  const wordsOf = (tool: ToolFacts) => priceWords(isOneKind ? tool : { ...tool, price_note: null });
  const words = { f: first.name, s: second.name, p: wordsOf(first), q: wordsOf(second) };
  return { name: 'price', templates: PRICES, words };
}

/** In one pass, since names may contain braces. */
function fill(template: string, words: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (slot, name: string) => words[name] ?? slot);
}

/** The first template, in rotated order, that has not been used yet; the first of all if every one has been. */
function pickUnused(templates: readonly string[], rotation: number, used: ReadonlySet<string>): string {
  const rotated = templates.map((_, index) => templates[(rotation + index) % templates.length] ?? '');
  return rotated.find((template) => !used.has(template)) ?? rotated[0] ?? '';
}
