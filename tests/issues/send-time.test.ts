import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import {
  describeClosing,
  describeSendTime,
  namesClosing,
  sendTimeOf,
  votingEndsAt,
} from '../../src/issues/record/send-time.ts';
import { findNextOccurrence, weekOf } from '../../src/week.ts';

interface Case {
  about: string;
  settings?: Record<string, string>;
  drafted: string;
  due?: string;
  week?: string;
  sent: string;
  isTooLate?: boolean;
}

const CASES: Case[] = [
  { about: 'by the timetable', drafted: '2026-11-23T06:00:00Z', sent: '2026-11-24T14:00:00Z' },
  { about: 'by hand on a Friday', drafted: '2026-11-27T11:21:00Z', sent: '2026-12-01T14:00:00Z' },
  {
    about: 'on Friday afternoon for Monday morning',
    settings: { SCHEDULE_SEND: '0 9 * * 1' },
    drafted: '2026-11-27T16:00:00Z',
    sent: '2026-11-30T09:00:00Z',
  },
  {
    about: 'an hour before the time to send',
    drafted: '2026-11-24T13:00:00Z',
    sent: '2026-11-24T17:00:00Z',
  },
  {
    about: 'with a send time every half hour',
    settings: { SCHEDULE_SEND: '*/30 * * * *' },
    drafted: '2026-11-23T06:10:00Z',
    sent: '2026-11-23T10:10:00Z',
  },
  {
    about: 'with three send times a week and a short review window',
    settings: { SCHEDULE_SEND: '0 9 * * 1,3,5', REVIEW_WINDOW: '30m' },
    drafted: '2026-11-25T08:45:00Z',
    sent: '2026-11-25T09:15:00Z',
  },
  {
    about: 'after an outage over the times to draft and to send',
    drafted: '2026-11-25T08:00:00Z',
    due: '2026-11-23T06:00:00Z',
    sent: '2026-11-25T12:00:00Z',
  },
  {
    about: 'after an outage that ended on Sunday night',
    drafted: '2026-11-29T22:00:00Z',
    due: '2026-11-23T06:00:00Z',
    sent: '2026-11-30T02:00:00Z',
    isTooLate: true,
  },
  {
    about: 'for a week that is over',
    drafted: '2026-11-27T11:21:00Z',
    week: '2026-W47',
    sent: '2026-12-01T14:00:00Z',
    isTooLate: true,
  },
  {
    about: 'for a future week',
    drafted: '2026-11-27T11:21:00Z',
    week: '2026-W50',
    sent: '2026-12-08T14:00:00Z',
  },
  {
    about: 'before the turn of the year',
    settings: { SCHEDULE_SEND: '0 9 * * 1' },
    drafted: '2026-12-31T18:00:00Z',
    sent: '2027-01-04T09:00:00Z',
  },
  {
    about: 'before the clocks go back',
    settings: { SCHEDULE_SEND: '30 2 * * 0', TIMEZONE: 'Europe/Berlin' },
    drafted: '2026-10-24T10:00:00Z',
    sent: '2026-10-25T00:30:00Z',
  },
  {
    about: 'before the clocks skip the send time',
    settings: { SCHEDULE_SEND: '30 2 * * 0', TIMEZONE: 'Europe/Berlin' },
    drafted: '2026-03-28T10:00:00Z',
    sent: '2026-03-29T01:30:00Z',
  },
  {
    about: 'in a zone where clocks change by half an hour',
    settings: { SCHEDULE_SEND: '15 2 * * 0', TIMEZONE: 'Australia/Lord_Howe' },
    drafted: '2026-10-02T10:00:00Z',
    sent: '2026-10-03T15:45:00Z',
  },
];

test.each(CASES)('a draft made $about is sent at $sent', ({ settings = {}, sent, isTooLate, ...given }) => {
  const config = readConfig(settings);
  const drafted_at = new Date(given.drafted);
  const week = given.week ?? weekOf(new Date(given.due ?? given.drafted), config.timezone);
  const due_at = given.due ? new Date(given.due) : undefined;
  expect(sendTimeOf(config, { week, drafted_at, due_at })).toEqual({
    at: new Date(sent),
    is_too_late: isTooLate ?? false,
  });
});

test('a time in the half hour that Lord Howe skips falls just after it', () => {
  const next = findNextOccurrence('15 2 * * 0', new Date('2026-10-03T12:00:00Z'), 'Australia/Lord_Howe');
  expect(next).toMatchObject({ at: new Date('2026-10-03T15:45:00Z'), period: '2026-10-04T02:15' });
});

test('every next occurrence is later than the given time, and none is skipped', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu']) {
    let at = new Date('2026-01-01T00:00:00Z');
    let count = 0;
    while (at < new Date('2027-01-01T00:00:00Z')) {
      const next = findNextOccurrence('30 2 * * *', at, zone).at;
      expect(next.getTime()).toBeGreaterThan(at.getTime());
      at = next;
      count += 1;
    }
    expect([zone, count]).toEqual([zone, 366]);
  }
});

test('voting closes after the issue was sent, even when that is in the following week', () => {
  const config = readConfig({ SCHEDULE_SEND: '0 9 * * 1' });
  const close = (sentAt: string) => describeClosing(config, '2026-W48', new Date(sentAt));
  expect(close('2026-11-24T14:00:00Z')).toBe('Monday 30 November, 05:00 (UTC)');
  expect(close('2026-11-30T09:00:00Z')).toBe('Monday 7 December, 05:00 (UTC)');
});

test('an issue of an earlier version, whose mail names only the day, is kept open until that day begins', () => {
  const config = readConfig({ SCHEDULE_CLOSE: '0 5 * * 1', TIMEZONE: 'Europe/Berlin' });
  const sent = { week: '2026-W48', prepared_at: new Date('2026-11-24T14:00:00Z') };
  const ends = (votes_until: string) => votingEndsAt(config, { ...sent, votes_until }).toISOString();
  expect(ends('Monday 30 November')).toBe('2026-11-30T04:00:00.000Z');
  expect(ends('Wednesday 2 December')).toBe('2026-12-01T23:00:00.000Z');
  expect(ends('Wednesday 2 December, 18:30 (Europe/Berlin)')).toBe('2026-12-02T17:30:00.000Z');
  // The mail's own zone, whatever TIMEZONE is now.
  expect(ends('Monday 30 November, 05:00 (America/New_York)')).toBe('2026-11-30T10:00:00.000Z');
  const closing = describeClosing(config, '2026-W48', sent.prepared_at);
  expect(closing).toBe('Monday 30 November, 05:00 (Europe/Berlin)');
  expect([
    namesClosing('Monday 30 November', closing),
    namesClosing('Monday 30 November, 06:00 (UTC)', closing),
  ]).toEqual([true, false]);
});

test('the send time is shown in the newsletter’s time zone', () => {
  expect(describeSendTime(new Date('2026-12-01T13:00:00Z'), 'Europe/Berlin')).toBe(
    'Tuesday 1 December 2026, 14:00 (Europe/Berlin)',
  );
});
