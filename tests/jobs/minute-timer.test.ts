import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startMinuteTimer } from '../../jobs/run/_minute-timer.ts';

const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

test.each([
  ['Europe/Berlin', '2026-10-24T22:30:00Z'],
  ['Europe/Berlin', '2026-03-28T23:30:00Z'],
  ['America/New_York', '2026-11-01T03:30:00Z'],
  ['America/New_York', '2026-03-08T05:30:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T13:30:00Z'],
  ['UTC', '2026-10-24T22:30:00Z'],
])('on a machine in %s the minute timer runs every minute of the night from %s', async (zone, begin) => {
  vi.stubEnv('TZ', zone);
  vi.setSystemTime(new Date(begin));
  const beats: number[] = [];
  const stop = startMinuteTimer(() => {
    beats.push(Date.now());
    return Promise.resolve();
  });
  await vi.advanceTimersByTimeAsync(5 * 60 * MINUTE_MS);
  await stop();
  expect(beats).toHaveLength(300);
  const gaps = beats.slice(1).map((at, index) => Math.round((at - (beats[index] ?? 0)) / MINUTE_MS));
  expect(new Set(gaps)).toEqual(new Set([1]));
});

test.each([-60, -1_440, -10_080, 60, 20_160])(
  'after the clock is set %d minutes on, it beats within a minute and goes on',
  async (minutes) => {
    vi.setSystemTime(new Date('2026-11-24T13:30:30Z'));
    let beats = 0;
    const stop = startMinuteTimer(() => {
      beats += 1;
      return Promise.resolve();
    });
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(beats).toBe(5);
    vi.setSystemTime(new Date(Date.now() + minutes * MINUTE_MS));
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
    await stop();
    expect([14, 15, 16]).toContain(beats);
  },
);
