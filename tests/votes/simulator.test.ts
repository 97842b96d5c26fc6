import { expect, test } from 'vitest';
import { simulate } from '../bench/votes.ts';
import { DEFAULT_MIX } from '../bench/votes/population.ts';

test('with scanners of every kind the shown share is close to that of real readers, who are rarely asked twice', () => {
  const figures = simulate({ ...DEFAULT_MIX, readers: 50_000, scanned_percent: 25 }, 'a fixed seed');
  const ours = figures.get('ours')!;
  expect(ours.false_of_counted).toBeLessThanOrEqual(0.001);
  expect(ours.lost_of_cast).toBeLessThanOrEqual(0.005);
  expect(ours.asked_on_scanned).toBeLessThanOrEqual(0.3);
  expect(ours.asked_elsewhere).toBeLessThanOrEqual(0.01);
  expect(ours.error_points).toBeLessThanOrEqual(1);
  // The population is hostile enough: counting every vote shows a very different share.
  expect(figures.get('a GET votes, the last one wins (Zendesk)')?.error_points).toBeGreaterThan(20);
});
