import { expect, test } from 'vitest';
import { tick } from '../../jobs/run/timetable.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { signSubscriber } from '../../src/links/tokens.ts';
import { pauseIssue } from '../../src/sending/control/pause-issue.ts';
import { resumeIssue } from '../../src/sending/control/resume-issue.ts';
import { findMorning } from '../../src/sending/prepare/morning.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { describeGroup, loadGroups } from '../../src/sending/deliveries/load-groups.ts';
import { runCommand } from '../support/run-command.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { sendIssue, WEEK } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

/** Each reader's zone; null for one who gets the issue at once. */
const ZONES = [null, 'Europe/Berlin', 'Europe/Paris', 'America/New_York', 'Asia/Kathmandu', 'Mars/Olympus'];
/** Tuesday, 14:00 UTC. */
const SENT = '2026-11-24T14:00:00Z';
const BERLIN = '2026-11-25T07:00:00.000Z';
const NEW_YORK = '2026-11-25T13:00:00.000Z';
const KATHMANDU = '2026-11-25T02:15:00.000Z';

async function createMornings(
  env: Record<string, string> = {},
  sent = SENT,
): Promise<TestApp & { id: number; at: (time: string) => Promise<void> }> {
  const app = await createTestApp(env, sent);
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, ZONES.length);
  for (const [index, morning_zone] of ZONES.entries()) {
    await context.db
      .updateTable('subscribers')
      .set({ morning_zone })
      .where('id', '=', index + 1)
      .execute();
  }
  const id = await sendIssue(app);
  return {
    ...app,
    id,
    at: async (time) => {
      app.clock.now = new Date(time);
      await tick(context);
      await app.drain();
    },
  };
}

/** Who has got the issue, once for each mail. */
async function listReaders({ context }: TestApp): Promise<number[]> {
  const mails = await context.db.selectFrom('outbox.mails').select('to_addresses').execute();
  return mails
    .map(({ to_addresses: [to = ''] }) => Number(/\+(\d+)@/.exec(to)?.[1]))
    .toSorted((a, b) => a - b);
}

test('readers get the issue at 08:00 of their zone, everybody else and unknown zones at once, and each once', async () => {
  const app = await createMornings();
  expect(await listReaders(app)).toEqual([1, 6]);
  expect((await getIssue(app.context.db, WEEK)).status).toBe('sending');
  await app.at('2026-11-25T02:14:00Z');
  expect(await listReaders(app)).toEqual([1, 6]);
  await app.at(KATHMANDU);
  expect(await listReaders(app)).toEqual([1, 5, 6]);
  await app.at('2026-11-25T06:59:59Z');
  expect(await listReaders(app)).toEqual([1, 5, 6]);
  await app.at(BERLIN);
  expect(await listReaders(app)).toEqual([1, 2, 3, 5, 6]);
  await app.at(NEW_YORK);
  expect(await listReaders(app)).toEqual([1, 2, 3, 4, 5, 6]);
  expect((await getIssue(app.context.db, WEEK)).status).toBe('sent');
  await app.at('2026-11-26T08:00:00Z');
  expect(await listReaders(app)).toHaveLength(6);
});

test('a reader who moves to another zone gets the issue once, one who leaves meanwhile not at all', async () => {
  const app = await createMornings();
  const move = (id: number, zone: string | null) =>
    app.context.db.updateTable('subscribers').set({ morning_zone: zone }).where('id', '=', id).execute();
  await move(2, 'America/New_York');
  await move(4, 'Asia/Kathmandu');
  await move(1, 'Europe/Berlin');
  await app.context.db
    .updateTable('subscribers')
    .set({ status: 'unsubscribed', unsubscribed_at: new Date(SENT) })
    .where('id', '=', 3)
    .execute();
  for (const time of [KATHMANDU, BERLIN, NEW_YORK, '2026-11-26T13:00:00Z']) {
    await app.at(time);
  }
  expect(await listReaders(app)).toEqual([1, 2, 4, 5, 6]);
});

test('a pause holds the mornings too; those that passed meanwhile go out when it ends', async () => {
  const app = await createMornings();
  await pauseIssue(app.context, WEEK, 'test');
  await app.at(KATHMANDU);
  await app.at(BERLIN);
  expect(await listReaders(app)).toEqual([1, 6]);
  await resumeIssue(app.context, WEEK);
  await app.drain();
  expect(await listReaders(app)).toEqual([1, 2, 3, 5, 6]);
  await app.at(NEW_YORK);
  expect(await listReaders(app)).toHaveLength(6);
});

test('nobody waits during a warm-up, nor for a morning after voting has closed', async () => {
  const warm = await createMornings({ WARM_UP_FROM: '2026-11-24', WARM_UP_CEILINGS: '100,200' });
  expect(await listReaders(warm)).toHaveLength(ZONES.length);
  // On Sunday evening; voting closes on Monday at 05:00 UTC.
  const late = await createMornings({}, '2026-11-29T20:00:00Z');
  expect(await listReaders(late)).toEqual([1, 2, 3, 4, 6]);
  await late.at('2026-11-30T02:15:00Z');
  expect(await listReaders(late)).toHaveLength(ZONES.length);
});

test('the unsent part of an issue waits for staff after voting has closed, and they are told once', async () => {
  const app = await createMornings();
  const { context } = app;
  // No worker runs until the next week.
  await app.at('2026-12-01T09:00:00Z');
  await app.at('2026-12-01T09:01:00Z');
  expect(await listReaders(app)).toEqual([1, 6]);
  expect(await getIssue(context.db, WEEK)).toMatchObject({
    status: 'paused',
    status_reason: 'not all of it was sent before voting on it ended',
    resume_at: null,
  });
  const notices = context.db
    .selectFrom('staff_notices')
    .select('id')
    .where('subject_key', '=', `late ${WEEK}`);
  expect(await notices.execute()).toHaveLength(1);
  await resumeIssue(context, WEEK);
  await app.at('2026-12-01T09:02:00Z');
  expect(await listReaders(app)).toHaveLength(ZONES.length);
});

test('future mornings wait for staff if voting is closed by hand, but not because the schedule was changed', async () => {
  const closed = await createMornings();
  closed.clock.now = new Date(closed.clock.now.getTime() + 60_000);
  await closeVoting(closed.context, WEEK);
  await closed.at(KATHMANDU);
  expect(await listReaders(closed)).toEqual([1, 6]);
  expect((await getIssue(closed.context.db, WEEK)).status).toBe('paused');
  // Its mail says that voting ends on Wednesday; then the schedule is changed to Monday.
  const app = await createMornings({ SCHEDULE_CLOSE: '0 5 * * 3' }, '2026-11-29T20:00:00Z');
  const { schedules } = app.context.config;
  app.context.config = { ...app.context.config, schedules: { ...schedules, close: '0 5 * * 1' } };
  await app.at('2026-11-30T13:00:00Z');
  expect(await listReaders(app)).toHaveLength(ZONES.length);
});

test('an issue that would resume by itself after voting has closed waits for staff as well', async () => {
  const app = await createMornings();
  await app.context.db
    .updateTable('issues')
    .set({ status: 'paused', status_reason: 'a quota', resume_at: new Date('2026-11-25T00:01:00Z') })
    .execute();
  await app.at('2026-12-01T09:00:00Z');
  expect(await listReaders(app)).toEqual([1, 6]);
  expect(await getIssue(app.context.db, WEEK)).toMatchObject({ status: 'paused', resume_at: null });
});

test('`issue status` has a bar for each group', async () => {
  const app = await createMornings();
  await app.at(KATHMANDU);
  const groups = await loadGroups(app.context.db, app.id);
  expect(
    groups.map((group) => [describeGroup(group), group.send_at?.toISOString(), group.done, group.mails]),
  ).toEqual([
    ['at once', undefined, 2, 2],
    ['08:00 at UTC+5:45', KATHMANDU, 1, 1],
    ['08:00 at UTC+1', BERLIN, 0, 2],
    ['08:00 at UTC−5', NEW_YORK, 0, 1],
  ]);
  const { stdout } = await runCommand(['issue', 'status', WEEK], { DATABASE_URL: app.databaseUrl });
  expect(stdout).toMatch(/at once +█{30} +2 of 2/);
  expect(stdout).toMatch(/08:00 at UTC\+1 +2026-11-25 07:00 UTC +░{30} +0 of 2/);
});

test('a group is named by its UTC offset, or by both offsets where two have the same morning', () => {
  const label = (zone: string, at: string) =>
    describeGroup({ send_at: findMorning(zone, new Date(at)) ?? null });
  expect(label('Pacific/Kiritimati', '2026-12-01T00:00:00Z')).toBe('08:00 at UTC+14 or UTC−10');
  expect(label('Pacific/Auckland', '2026-12-01T00:00:00Z')).toBe('08:00 at UTC+13 or UTC−11');
  expect(label('Pacific/Auckland', '2026-07-01T00:00:00Z')).toBe('08:00 at UTC+12 or UTC−12');
  expect(label('Australia/Sydney', '2026-12-01T00:00:00Z')).toBe('08:00 at UTC+11');
  expect(label('Pacific/Marquesas', '2026-12-01T00:00:00Z')).toBe('08:00 at UTC−9:30');
});

test.each([
  ['at 08:00 itself', 'Europe/Berlin', '2026-11-24T07:00:00Z', '2026-11-24T07:00:00Z'],
  ['a second later', 'Europe/Berlin', '2026-11-24T07:00:01Z', '2026-11-25T07:00:00Z'],
  ['before the clocks go back', 'Europe/Berlin', '2026-10-24T14:00:00Z', '2026-10-25T07:00:00Z'],
  ['before the clocks go forward', 'Europe/Berlin', '2027-03-27T14:00:00Z', '2027-03-28T06:00:00Z'],
  ['across the date line', 'Pacific/Kiritimati', '2026-11-24T14:00:00Z', '2026-11-24T18:00:00Z'],
])('the next morning, %s', (_, zone, now, morning) => {
  expect(findMorning(zone, new Date(now))).toEqual(new Date(morning));
});

test('a zone is shown by its current name, whatever the browser calls it', async () => {
  const app = await createMornings();
  const path = `/preferences/${signSubscriber(app.context.linkKeys, 'preferences', 1)}`;
  await app.post(path, { choose: 'morning', zone: 'Asia/Calcutta' });
  const page = await (await app.request(path)).text();
  expect(page).toContain('At 08:00 in Kolkata');
  expect(page).not.toMatch(/Calcutta|Saigon|Kiev|Rangoon/);
});

test('anything but the name of a place’s time zone has no morning', () => {
  for (const zone of ['', '+01:00', 'Mars/Olympus', '08:00']) {
    expect(findMorning(zone, new Date(SENT))).toBeUndefined();
  }
});

test('a reader chooses their morning on the preferences page; an unknown zone changes nothing', async () => {
  const app = await createMornings();
  const path = `/preferences/${signSubscriber(app.context.linkKeys, 'preferences', 1)}`;
  const read = async () =>
    (
      await app.context.db
        .selectFrom('subscribers')
        .select('morning_zone')
        .where('id', '=', 1)
        .executeTakeFirstOrThrow()
    ).morning_zone;
  await app.post(path, { choose: 'morning', zone: 'America/Argentina/Buenos_Aires' });
  expect(await read()).toBe('America/Argentina/Buenos_Aires');
  expect(await (await app.request(path)).text()).toContain('At 08:00 in Buenos Aires (Argentina)');
  await app.post(path, { choose: 'morning', zone: 'Mars/Olympus' });
  expect(await read()).toBe('America/Argentina/Buenos_Aires');
  await app.post(path, { choose: 'morning', zone: '' });
  expect(await read()).toBeNull();
});
