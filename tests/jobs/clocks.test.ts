import { expect, test } from 'vitest';
import { tick } from '../../jobs/run/timetable.ts';
import { readConfig } from '../../src/config/config.ts';
import { findOverdueIssue } from '../../src/doctor/checks/find-overdue.ts';
import { LOST_WEEK } from '../../src/issues/decide/draft.ts';
import { findIssue } from '../../src/issues/record/issue.ts';
import { closingTimeOf, describeClosing } from '../../src/issues/record/send-time.ts';
import { describeGroup } from '../../src/sending/deliveries/load-groups.ts';
import { pauseSubscriber } from '../../src/subscribers/preferences/pause.ts';
import type { TestApp } from '../support/test-app.ts';
import { createWeek, tickAt } from './week.ts';

const WEEK = '2026-W48';

async function createSentWeek() {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-11-24T14:00:00Z');
  return app;
}

const closedAt = async ({ context }: TestApp) => (await findIssue(context.db, WEEK))?.voting_closed_at;

test('voting closes at its time although the clock of the worker is a little behind that of the timetable', async () => {
  const app = await createSentWeek();
  app.clock.now = new Date('2026-11-30T05:00:00.010Z');
  await tick(app.context);
  app.clock.now = new Date('2026-11-30T04:59:58.500Z');
  await app.drain();
  expect(await closedAt(app)).toBeNull();
  await tickAt(app, '2026-11-30T05:01:00Z');
  expect(await closedAt(app)).toEqual(app.clock.now);
});

test('voting closes at the time that the mail names although SCHEDULE_CLOSE is earlier by then', async () => {
  const app = await createSentWeek();
  const { timezone } = readConfig({ TIMEZONE: 'Europe/Berlin' });
  app.context.config = { ...app.context.config, timezone };
  await tickAt(app, '2026-11-30T04:00:00Z');
  expect(await closedAt(app)).toBeNull();
  await tickAt(app, '2026-11-30T05:00:00Z');
  expect(await closedAt(app)).toEqual(app.clock.now);
});

test('after a restore, an issue that had gone out is not reported as overdue', async () => {
  const app = await createWeek();
  const { db, now } = app.context;
  await db
    .insertInto('schedule_runs')
    .values({ schedule: LOST_WEEK, period: WEEK, outcome: 'started', ran_at: now() })
    .execute();
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-11-24T14:00:00Z');
  app.clock.now = new Date('2026-11-24T14:16:00Z');
  expect(await findOverdueIssue(app.context)).toBeUndefined();
});

test('a reader whose pause ends before their own morning gets the issue in that morning', async () => {
  const app = await createWeek({}, '2026-11-10T14:30:00Z');
  const { db } = app.context;
  await db.updateTable('subscribers').set({ morning_zone: 'Europe/Berlin' }).execute();
  await pauseSubscriber(app.context, 1, 2);
  app.clock.now = new Date('2026-11-12T14:30:00Z');
  await pauseSubscriber(app.context, 2, 2);
  const mailed = async () =>
    (await db.selectFrom('outbox.mails').select('to_addresses').execute()).map(
      ({ to_addresses }) => to_addresses[0],
    );
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-11-24T14:00:00Z');
  expect(await mailed()).toEqual([]);
  await tickAt(app, '2026-11-25T07:00:00Z');
  expect(await mailed()).toEqual(['delivered+1@resend.dev']);
});

test('a pause of two weeks ends at the same time of day, also if the clocks change in between', async () => {
  const app = await createWeek({ TIMEZONE: 'Europe/Berlin' }, '2026-10-13T12:30:00Z');
  await pauseSubscriber(app.context, 1, 2);
  const { paused_until } = await app.context.db
    .selectFrom('subscribers')
    .select('paused_until')
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  expect(paused_until).toEqual(new Date('2026-10-27T13:30:00Z'));
});

test('an issue that goes out late can be voted on for at least six hours', () => {
  const timetable = readConfig({});
  const closing = (sent: string) => closingTimeOf(timetable, WEEK, new Date(sent)).toISOString();
  expect(closing('2026-11-29T22:59:00Z')).toBe('2026-11-30T05:00:00.000Z');
  expect(closing('2026-11-30T04:50:00Z')).toBe('2026-12-07T05:00:00.000Z');
});

test('the mail names a time that the zone has, although the clocks skip that of SCHEDULE_CLOSE', () => {
  const timetable = readConfig({ TIMEZONE: 'America/Santiago', SCHEDULE_CLOSE: '15 0 * * 0' });
  expect(describeClosing(timetable, '2027-W34', new Date('2027-08-31T18:00:00Z'))).toBe(
    'Sunday 5 September, 01:15 (America/Santiago)',
  );
});

test('a morning has two names only where the date line divides one', () => {
  expect(describeGroup({ send_at: new Date('2026-12-01T18:15:00Z') })).toBe('08:00 at UTC+13:45');
  expect(describeGroup({ send_at: new Date('2026-12-01T19:00:00Z') })).toBe('08:00 at UTC+13 or UTC−11');
});
