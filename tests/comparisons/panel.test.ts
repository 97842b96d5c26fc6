import { expect, test } from 'vitest';
import { ENTRY_PRICE_NAMES } from '../../src/comparisons/show/facts.ts';
import { disagreementOf, panelOf, panelPercent } from '../../src/comparisons/show/panel.ts';
import { composeComparison } from '../../src/issues/write/compose.ts';
import { makeComparison, makeTool } from '../support/facts.ts';

test('the figures match the site’s page: 100 % and 75 % of the panel, no community, Paid and Free', () => {
  const comparison = makeComparison(
    makeTool('Claude 4 Opus', 4, { entry_price: 'paid' }),
    makeTool('SmolVLM2-2B', 3, { entry_price: 'free' }),
  );
  const { tools } = composeComparison(comparison, new Map());
  expect(tools.map(({ panel, community, entry_price }) => ({ ...panel, community, entry_price }))).toEqual([
    { ship: 4, of: 4, percent: 100, community: '—', entry_price: 'Paid' },
    { ship: 3, of: 4, percent: 75, community: '—', entry_price: 'Free' },
  ]);
});

test('a panel of three gives a whole percentage, an empty panel none', () => {
  expect(panelPercent({ ship: 2, of: 3 })).toBe(67);
  expect(panelPercent(panelOf([]))).toBeUndefined();
});

test('disagreement is highest when half of the panel ships', () => {
  expect([0, 1, 2, 3, 4].map((ship) => disagreementOf({ ship, of: 4 }))).toEqual([0, 0.5, 1, 0.5, 0]);
});

test('every kind of price has a name', () => {
  expect(Object.keys(ENTRY_PRICE_NAMES).toSorted()).toEqual(['contact', 'free', 'freemium', 'paid', 'trial']);
});
