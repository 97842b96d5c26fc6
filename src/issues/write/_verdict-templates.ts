/** How the panel voted. {f} and {s} are the names, the one with more ships first. */
export const UNANIMOUS = [
  'All {n} reviewers would ship {f}, and {others} would ship {s}.',
  '{f} goes {a} for {n}, and {s} gets {b}.',
  '{f} convinces all {n} reviewers and beats {s} {a}–{b}.',
  'Everyone would ship {f}, which beats {s} {a}–{b}.',
  '{f} has the whole panel behind it and beats {s} {a}–{b}.',
];

export const NARROW = [
  '{f} takes this one from {s}, {a}–{b}.',
  '{f} edges out {s}, {a}–{b}.',
  'There’s just one reviewer in it: {f} {a}, {s} {b}.',
  '{f} beats {s} by one, {a}–{b}.',
  'It was close, but {f} finishes ahead of {s}, {a}–{b}.',
];

export const CLEAR = [
  '{f} beats {s} comfortably, {a}–{b}.',
  'It isn’t close: {f} {a}, {s} {b}.',
  '{f} wins this one against {s}, {a}–{b}.',
  '{f} is well ahead of {s}, {a}–{b}.',
  '{reviewers} would ship {f}; {others} would ship {s}.',
];

export const TIES = [
  '{f} and {s} tie, {a}–{b}.',
  'The panel can’t decide between {f} and {s}: it’s {a}–{b}.',
  'The panel can’t separate {f} and {s}: {a}–{b}.',
  'It’s a draw: {f} {a}, {s} {b}.',
  'It’s {a}–{b}, so {f} or {s} is up to you.',
];

export const ALL_FOR_BOTH = [
  'The whole panel would ship both {f} and {s}, {a}–{b}.',
  '{f} and {s} both go {a} for {n}.',
  'All {n} reviewers would ship {f}, and all {m} would ship {s}.',
  'The panel likes {f} and {s} equally, {a}–{b}.',
  'A clean sweep for both: {f} {a}, {s} {b}.',
];

export const NO_TAKERS = [
  'No takers: nobody on the panel would ship {f} or {s}.',
  'The panel would skip both {f} and {s}, {a}–{b}.',
  'All {n} reviewers would skip {f}, and all {m} would skip {s}.',
  'Nobody on the panel would ship {f}, and nobody would ship {s}.',
  'The panel passes on {f} and on {s}, {a}–{b}.',
];

export const UNCONVINCED = [
  'The panel would pass on both: {f} gets {a}, {s} gets {b}.',
  'The panel isn’t sold on either: {f} {a}, {s} {b}.',
  'Neither wins over half the panel: {f} {a}, {s} {b}.',
  '{f} gets {a} and {s} gets {b}, so neither is a pick.',
  'Neither {f} ({a} of {n}) nor {s} ({b} of {m}) makes the cut.',
];

export const UNEQUAL_PANELS = [
  '{f} gets {a} of {n} reviewers, {s} gets {b} of {m}.',
  '{a} of {n} reviewers would ship {f}, {b} of {m} would ship {s}.',
  'The count is {a} of {n} for {f} and {b} of {m} for {s}.',
  'For {f} it’s {a} of {n}, for {s} it’s {b} of {m}.',
  '{f} stands at {a} of {n}, {s} at {b} of {m}.',
];

/** Nobody has reviewed {u}; of the other one, if it was reviewed, {r} is the name. */
export const UNREVIEWED = ['Nobody has reviewed {u} yet; {r} gets {x} of {y}.'];
export const BOTH_UNREVIEWED = ['Nobody has reviewed {f} or {s} yet.'];

/** What decides between the two. */
export const HOLDOUT = [
  '{reviewer} isn’t sold on {tool}.',
  'Only {reviewer} would skip {tool}.',
  'The one holdout on {tool} is {reviewer}.',
  '{reviewer} would pass on {tool}; nobody else would.',
];

export const CONTRARIAN = [
  '{reviewer} sees it the other way: {s} yes, {f} no.',
  'Only {reviewer} would ship {s} but not {f}.',
  '{reviewer} would ship {s} and skip {f}.',
];

export const SAME_PRICE = [
  'Price won’t settle it: {both}.',
  'The price is no help, since {both}.',
  '{Both}, so price isn’t the question.',
  'Price doesn’t enter into it, as {both}.',
];

/** For prices that may differ although their kind is the same. */
export const SAME_KIND = ['{Both}.', 'On price, {both}.'];

export const ONE_IS_PAID = [
  '{paid} is the only one that costs money.',
  'You pay for {paid}, while {free} is free.',
  '{free} is free, and {paid} isn’t.',
  '{free} costs nothing; {paid} has no free plan.',
];

export const PRICES = [
  'On price, {f} {p} and {s} {q}.',
  '{f} {p}, while {s} {q}.',
  '{f} {p}; {s} {q}.',
  'The terms differ: {f} {p}, {s} {q}.',
];
