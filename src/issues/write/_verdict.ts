import { createHash } from 'node:crypto';
import type { ToolFacts } from '../../comparisons/show/facts.ts';
import { panelOf } from '../../comparisons/show/panel.ts';
import { weekIndexOf, type Week } from '../../week.ts';
import { BOTH_PRICES, findPanelPick, type Pair, priceWords, splitOf } from './_phrases.ts';

/** The wordings that earlier comparisons of an issue used, and how often each kind of decider. */
interface Used {
  results: ReadonlySet<string>;
  kinds: ReadonlyMap<string, number>;
  deciders: ReadonlySet<string>;
}

const NOTHING_USED: Used = { results: new Set(), kinds: new Map(), deciders: new Set() };

/**
 * Two sentences for each comparison of an issue: how the panel voted, and what decides between the two tools. Wordings
 * rotate: each week starts with the next one, so eight issues in a row differ, and an issue repeats none while others are
 * left.
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

/** For a comparison outside an issue: the wording depends only on the pair. */
export function describeVerdict(tools: Pair): string {
  const [a, b] = tools;
  const rotation = createHash('sha256').update(`${a.slug} ${b.slug}`).digest().readUInt16BE();
  return describe(tools, rotation, NOTHING_USED).text;
}

function describe(tools: Pair, rotation: number, used: Used): { text: string; used: Used } {
  const pick = findPanelPick(tools);
  const [first, second] = pick === tools[1] ? [tools[1], tools[0]] : tools;
  const result = pickUnused(listResults(first, second, pick !== undefined), rotation, used.results);
  const words = { f: first.name, s: second.name, a: countOf(first), b: countOf(second) };
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

/** Templates: {f} and {s} are the names, {a} and {b} their scores. */
function listResults(first: ToolFacts, second: ToolFacts, hasPick: boolean): readonly string[] {
  const panel = panelOf(first.reviews);
  const lead = panel.ship - panelOf(second.reviews).ship;
  if (!hasPick) {
    return lead === 0 ? TIES : UNCONVINCED;
  }
  return panel.ship === panel.of ? UNANIMOUS : lead === 1 ? NARROW : CLEAR;
}

const UNANIMOUS = [
  'All lenses of the panel, {a}, would ship {f}; for {s} it is {b}.',
  '{f} wins over the whole panel, {a}, while {s} has {b}.',
  'Not one lens would skip {f}, {a}, and {b} would ship {s}.',
  'The panel ships {f} without dissent, {a}; {s} comes to {b}.',
  'A clean sheet for {f}, {a}, and {b} for {s}.',
];
const NARROW = [
  'By a single lens {f} is ahead: {a} would ship it, {b} would ship {s}.',
  'It is close, and {f} has the edge with {a} lenses to {b} for {s}.',
  'One lens makes the difference: {a} ship {f} and {b} ship {s}.',
  '{f} takes it narrowly, {a} against {b} for {s}.',
  'Little lies between them, but {f} has {a} lenses and {s} has {b}.',
];
const CLEAR = [
  'The panel leans clearly to {f}: {a} lenses would ship it, {b} would ship {s}.',
  '{f} is well ahead, with {a} lenses for it and {b} for {s}.',
  'Ask the panel and {a} lenses ship {f}; for {s} it is {b}.',
  'There is distance between these two: {a} lenses ship {f}, {b} ship {s}.',
  '{a} for {f} and {b} for {s} is a clear answer.',
];
const TIES = [
  'The panel cannot choose between {f} and {s}: {a} lenses would ship either.',
  'Nothing separates {f} from {s}, with {a} lenses for each.',
  'With {a} lenses for each, the panel leaves {f} or {s} to you.',
  'A draw: {a} lenses would ship {f}, and as many {s}.',
  '{f} and {s} come out level, at {a} lenses each.',
];
const UNCONVINCED = [
  'Neither convinces the panel: {a} lenses would ship {f}, {b} would ship {s}.',
  'No majority for either of them: {a} lenses ship {f}, {b} ship {s}.',
  'Half of the panel would be a pick, and both fall short: {f} at {a}, {s} at {b}.',
  '{f} is short of half the panel with {a}, and so is {s} with {b}.',
  'The panel holds back: {a} lenses for {f} and {b} for {s}.',
];

/** Where the panel disagrees is worth a sentence, and so is the price: the kind that the issue used least comes next. */
function pickDecider(
  first: ToolFacts,
  second: ToolFacts,
  rotation: number,
  used: Used['kinds'],
): Decider & { rotation: number } {
  const kinds = [findLone(first, second), findCrossing(first, second), comparePrices(first, second)].filter(
    (kind) => kind !== undefined,
  );
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

/** One lens against every other one on a tool. */
function findLone(first: ToolFacts, second: ToolFacts): Decider | undefined {
  const [lone] = [second, first].flatMap((tool) => {
    const { ship, skip } = splitOf(tool);
    return ship.length > 1 && skip.length === 1 ? [{ lens: skip[0] ?? '', tool: tool.name }] : [];
  });
  return lone && { name: 'lone lens', templates: LONE, words: lone };
}

const LONE = [
  'Only {lens} would skip {tool}.',
  'The one no to {tool} is that of {lens}.',
  '{lens} alone holds out against {tool}.',
  'On {tool}, {lens} stands alone with a skip.',
];

/** The one lens that skips the first tool and ships the second. */
function findCrossing(first: ToolFacts, second: ToolFacts): Decider | undefined {
  const contrary = splitOf(second).ship;
  const [lens, ...others] = splitOf(first).skip.filter((one) => contrary.includes(one));
  return lens && others.length === 0
    ? { name: 'crossing', templates: CROSSING, words: { lens, f: first.name, s: second.name } }
    : undefined;
}

const CROSSING = [
  '{lens} sees it the other way round and would ship {s} alone.',
  'The other way round goes only {lens}: {s} yes, {f} no.',
  'For {lens} it is {s} and not {f}.',
];

/** Two prices of the same kind are equal only if both are free or their notes are equal. */
function comparePrices(first: ToolFacts, second: ToolFacts): Decider {
  const isOneKind = first.entry_price === second.entry_price;
  const isSame = isOneKind && (first.entry_price === 'free' || first.price_note === second.price_note);
  if (isSame) {
    return { name: 'price', templates: SAME_PRICE, words: { both: BOTH_PRICES[first.entry_price] } };
  }
  const wordsOf = (tool: ToolFacts) => priceWords(isOneKind ? tool : { ...tool, price_note: null });
  const words = { f: first.name, s: second.name, p: wordsOf(first), q: wordsOf(second) };
  return { name: 'price', templates: PRICES, words };
}

const SAME_PRICE = [
  'On price there is nothing in it: both {both}.',
  'The price does not decide it, since both {both}.',
  'Both {both}, so the bill is no argument.',
  'As for what they cost, both {both}.',
];
const PRICES = [
  'On price, {f} {p} and {s} {q}.',
  'The bill differs too: {f} {p}, {s} {q}.',
  'What may decide it is the price: {f} {p}, {s} {q}.',
  'Mind the price, for {f} {p} while {s} {q}.',
];

/** In one pass, since names may contain braces. */
function fill(template: string, words: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (slot, name: string) => words[name] ?? slot);
}

/** "3 of 4" */
function countOf(tool: ToolFacts): string {
  const { ship, of } = panelOf(tool.reviews);
  return `${ship} of ${of}`;
}

/** The first template, in rotated order, that was not used yet. */
function pickUnused(templates: readonly string[], rotation: number, used: ReadonlySet<string>): string {
  const rotated = templates.map((_, index) => templates[(rotation + index) % templates.length] ?? '');
  return rotated.find((template) => !used.has(template)) ?? rotated[0] ?? '';
}
