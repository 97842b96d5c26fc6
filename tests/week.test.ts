import { expect, onTestFinished, test, vi } from 'vitest';
import { findLastOccurrence, formatDay, mondayOf, parseWeek, shiftWeek, weekOf } from '../src/week.ts';

test('weeks follow ISO 8601 across the turn of the year', () => {
  expect(weekOf(new Date('2026-12-31T12:00:00Z'), 'UTC')).toBe('2026-W53');
  expect(weekOf(new Date('2027-01-03T12:00:00Z'), 'UTC')).toBe('2026-W53');
  expect(weekOf(new Date('2027-01-04T12:00:00Z'), 'UTC')).toBe('2027-W01');
  expect(mondayOf('2027-W01').toString()).toBe('2027-01-04');
  expect(shiftWeek('2027-W01', -1)).toBe('2026-W53');
});

test('the week depends on the newsletter’s time zone', () => {
  const sundayNight = new Date('2026-11-22T23:30:00Z');
  expect(weekOf(sundayNight, 'UTC')).toBe('2026-W47');
  expect(weekOf(sundayNight, 'Europe/Berlin')).toBe('2026-W48');
});

test('a day is formatted on a machine whose time zone is misspelled', () => {
  vi.stubEnv('TZ', 'Europe/Berlim');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(formatDay(mondayOf('2027-W01'))).toBe('4 January 2027');
});

test.each(['2026-W54', '2025-W53', '2026-47', 'latest', ''])('%j is not a week', (text) => {
  expect(() => parseWeek(text)).toThrow('write one as 2026-W47');
});

test('a schedule is due exactly at its minute, not a moment before', () => {
  const at = (now: string) => findLastOccurrence('0 14 * * 2', new Date(now), 'UTC').at.toISOString();
  expect(at('2026-11-24T14:00:00.000Z')).toBe('2026-11-24T14:00:00.000Z');
  expect(at('2026-11-24T13:59:59.999Z')).toBe('2026-11-17T14:00:00.000Z');
});

test('a time inside the spring gap is due once, just after the gap', () => {
  const find = (now: string) => findLastOccurrence('30 2 * * 0', new Date(now), 'Europe/Berlin');
  expect(find('2026-03-29T01:29:00Z').at.toISOString()).toBe('2026-03-22T01:30:00.000Z');
  expect(find('2026-03-29T01:30:00Z')).toEqual({
    at: new Date('2026-03-29T01:30:00Z'),
    period: '2026-03-29T02:30',
    week: '2026-W13',
  });
});

test('a time in the repeated autumn hour is due once, the first time', () => {
  const find = (now: string) => findLastOccurrence('30 2 * * 0', new Date(now), 'Europe/Berlin');
  const first = find('2026-10-25T00:30:00Z');
  expect(first.at.toISOString()).toBe('2026-10-25T00:30:00.000Z');
  for (const later of [
    '2026-10-25T00:59:00Z',
    '2026-10-25T01:15:00Z',
    '2026-10-25T01:30:00Z',
    '2026-10-25T01:45:00Z',
  ]) {
    expect(find(later)).toEqual(first);
  }
});
