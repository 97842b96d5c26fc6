import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { learnMailClassesJob } from '../../jobs/readers/mail-hosts.ts';
import { signSubscriber, signVote } from '../../src/links/tokens.ts';
import { deleteOldOrigins } from '../../src/subscribers/join/record-origins.ts';
import { deleteEvidence } from '../../src/votes/retention/delete-evidence.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { chanceOf } from '../../src/votes/crowds/_chance.ts';
import { judgeCrowds } from '../../src/votes/crowds/judge-crowds.ts';
import { listCrowds } from '../../src/votes/moderate/list-crowds.ts';
import { WEEK } from '../support/sent-issue.ts';
import { seedReaders } from '../support/seed.ts';
import { join, voteAll, voteAllAndJudge } from '../support/stuffer.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';
import { visitAndVote } from '../support/visit.ts';
import {
  createCrowd,
  createNewsletter,
  harborlightTally,
  honestReaders,
  joinClass,
  sendAndWait,
  voteHonestly,
} from './new-readers.ts';

const DAY_MS = 86_400_000;

test('a hundred mailboxes that one person signed up change no result, whatever interaction they claim', async () => {
  const app = await createNewsletter(99);
  const stuffer = Array.from({ length: 100 }, (_, index) => ({
    email: `me+${index}@stuffer.example`,
    source: '9.9.9.7',
  }));
  const ids = await join(app, stuffer);
  const issueId = await sendAndWait(app);
  await voteAllAndJudge(app, issueId, honestReaders(99), 'ship');
  // From as many networks: what counts is where they joined.
  await voteAllAndJudge(
    app,
    issueId,
    ids.map((id, index) => ({ id, source: `92.${index}.4.4` })),
    'skip',
  );
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 99, skip: 0, held: 100 });
}, 60_000);

test('readers of one network are no crowd if they joined long ago, or if they vote as everybody does', async () => {
  const app = await createNewsletter(130);
  const students = await join(
    app,
    Array.from({ length: 20 }, (_, index) => ({ email: `s${index}@college.example`, source: '9.9.9.7' })),
  );
  const issueId = await sendAndWait(app);
  const all = honestReaders(130);
  await voteAllAndJudge(app, issueId, all.slice(0, 70), 'ship');
  await voteAllAndJudge(app, issueId, all.slice(70, 100), 'skip');
  const oldOffice = all.slice(100).map(({ id }) => ({ id, source: '8.8.4.4' }));
  await voteAllAndJudge(app, issueId, oldOffice, 'skip');
  const fromCollege = students.map((id) => ({ id, source: '9.9.9.7' }));
  await voteAllAndJudge(app, issueId, fromCollege.slice(0, 11), 'ship');
  await voteAllAndJudge(app, issueId, fromCollege.slice(11), 'skip');
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 81, skip: 69, held: 0 });
});

test('a crowd is held right after the vote that completes it', async () => {
  const app = await createNewsletter(60);
  const ids = await joinClass(app);
  const issueId = await sendAndWait(app);
  await voteHonestly(app, issueId);
  const crowd = ids.map((id) => ({ id, source: '9.9.9.7' }));
  const { crowd_chance } = app.context.config.judging;
  const chances = crowd.map((_, index) => chanceOf({ ship: 0, skip: index + 1 }, { ship: 42, skip: 18 }));
  const last = chances.findIndex((chance) => chance < crowd_chance);
  await voteAll(app, issueId, crowd.slice(0, last), 'skip');
  // After a slow run, a process does not judge for a while; this one has not judged anything yet.
  const other = await openTestApp(app.databaseUrl, { TRUSTED_PROXIES: '1' }, app.clock.now.toISOString());
  await voteAll(other, issueId, crowd.slice(last, last + 1), 'skip');
  const held = await app.context.db
    .selectFrom('votes')
    .select('voter_key')
    .where('reason', '=', 'one origin')
    .execute();
  expect(held).toHaveLength(last + 1);
});

const ORIGINS: [kind: string, emailOf: (index: number) => string, sourceOf: (index: number) => string][] = [
  ['network', (index) => `x${index}@gmail.com`, () => '9.9.9.7'],
  ['network', (index) => `x${index}@gmail.com`, (index) => `9.9.9.${index}`],
  ['network', (index) => `x${index}@gmail.com`, (index) => `2001:4860:4860:${index}::1`],
  ['domain', (index) => `x@n${index}.stuffer.example`, (index) => `92.${index}.4.4`],
  ['domain', (index) => `x${index}@duck.com`, (index) => `92.${index}.4.4`],
  [
    'disposable',
    (index) => `x${index}@${index % 2 ? 'yopmail.com' : `n${index}.mailinator.com`}`,
    (index) => `92.${index}.4.4`,
  ],
  ['mailbox', (index) => `x.y+${index}@gmail.com`, (index) => `92.${index}.4.4`],
];

test.each(ORIGINS)(
  'new readers of one %s who vote one way are held as a group, of which staff are told',
  async (kind, emailOf, sourceOf) => {
    const app = await createNewsletter(60);
    const ids = [];
    // Four mails a day is all that one mailbox gets.
    for (let day = 0; day < 3; day++) {
      const joiners = [0, 1, 2, 3].map((index) => day * 4 + index + 1);
      ids.push(
        ...(await join(
          app,
          joiners.map((index) => ({ email: emailOf(index), source: sourceOf(index) })),
        )),
      );
      app.clock.now = new Date(app.clock.now.getTime() + DAY_MS);
    }
    const issueId = await sendAndWait(app);
    await voteAllAndJudge(app, issueId, honestReaders(42), 'ship');
    await voteAllAndJudge(app, issueId, honestReaders(18, 43), 'skip');
    await voteAllAndJudge(
      app,
      issueId,
      ids.map((id, index) => ({ id, source: `91.${index}.4.4` })),
      'skip',
    );
    expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 42, skip: 18, held: 12, waiting: 12 });
    const [crowd] = await listCrowds(app.context.db, issueId);
    expect(crowd).toMatchObject({ kinds: [kind], voters: 12, readers: 12, alike: 12, decision: null });
    const notices = await app.context.db.selectFrom('staff_notices').select('subject_key').execute();
    expect(notices.map(({ subject_key }) => subject_key)).toContainEqual(
      expect.stringContaining(`crowds ${WEEK}`),
    );
  },
);

test('readers of a crowd are told that their votes wait, staff see why, and the result says how many wait', async () => {
  const { app, issueId, crowd } = await createCrowd();
  const token = signVote(app.context.linkKeys, { issue_id: issueId, subscriber_id: crowd[0]!.id });
  const page = await (await app.request(`/v/${token}/harborlight/skip`)).text();
  expect(page).toContain('it waits with those of other new readers who joined from the same place');
  expect(page).toContain('Our staff decide about all of them');
  expect(page).not.toContain('Press once more');
  const studio = await (await app.request(`/studio/issues/${WEEK}`)).text();
  expect(studio).toContain(
    '11 new readers who have addresses at one domain, joined from one network, voted from one network on one day',
  );
  expect(studio).toContain('12 at college.example');
  expect(studio).toContain('11 of 11 voted exactly alike');
  expect(studio).toContain('0% of 11 said Ship, of 60 others 70%');
  expect(studio).toMatch(/by chance: once in [\d,]+</);
  await closeVoting(app.context, WEEK);
  const result = await (await app.request(`/results/${WEEK}/harborlight-vs-quillbench`)).text();
  expect(result).toContain('11 of them came from groups of new readers');
});

test('releasing and voiding a crowd undo each other, and apply to those of it who vote later', async () => {
  const { app, issueId, crowd } = await createCrowd();
  const [{ name } = { name: '' }] = await listCrowds(app.context.db, issueId);
  const decide = (decision: string) =>
    app.post(`/studio/issues/${WEEK}/${decision}-votes`, { crowd: name, why: 'a class of ours' });
  expect((await decide('release')).status).toBe(303);
  expect(await harborlightTally(app, issueId)).toMatchObject({ skip: 29, held: 0 });
  expect((await decide('void')).status).toBe(303);
  expect(await harborlightTally(app, issueId)).toMatchObject({ skip: 18, held: 11 });
  await voteAllAndJudge(app, issueId, crowd.slice(11), 'skip');
  expect(await harborlightTally(app, issueId)).toMatchObject({ skip: 18, held: 12 });
  await decide('release');
  expect(await harborlightTally(app, issueId)).toMatchObject({ skip: 30, held: 0 });
  await closeVoting(app.context, WEEK);
  expect(await harborlightTally(app, issueId)).toMatchObject({ skip: 30, held: 0 });
});

test('a crowd that joined long ago is still one; readers who joined there before it are not part of it', async () => {
  const app = await createNewsletter(60);
  app.clock.now = new Date('2026-09-01T08:00:00Z');
  const neighbours = await join(
    app,
    [1, 2, 3, 4].map((index) => ({ email: `n${index}@gmail.com`, source: '9.9.9.8' })),
  );
  app.clock.now = new Date('2026-10-10T08:00:00Z');
  const stuffer = await join(
    app,
    Array.from({ length: 14 }, (_, index) => ({ email: `x${index}@gmail.com`, source: '9.9.9.7' })),
  );
  app.clock.now = new Date('2026-11-20T08:00:00Z');
  await deleteOldOrigins(app.context);
  const issueId = await sendAndWait(app);
  await voteHonestly(app, issueId);
  await voteAllAndJudge(
    app,
    issueId,
    [...neighbours, ...stuffer].map((id, index) => ({ id, source: `91.${index}.4.4` })),
    'skip',
  );
  // The first four of the fourteen could have been anybody’s.
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 42, skip: 26, held: 10 });
});

test('a hundred mailboxes of a hundred origins count as a hundred people, and staff are told', async () => {
  const app = await createNewsletter(160);
  await seedReaders(app.context.db, 260);
  await app.context.db
    .updateTable('subscribers')
    .set({ confirmed_at: new Date('2026-11-20T08:00:00Z') })
    .where('id', '>', 160)
    .execute();
  const issueId = await sendAndWait(app);
  await voteAllAndJudge(app, issueId, honestReaders(160), 'ship');
  await voteAllAndJudge(
    app,
    issueId,
    honestReaders(100, 161).map(({ id }, index) => ({ id, source: `91.${index}.4.4` })),
    'skip',
  );
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 160, skip: 100, held: 0 });
  await learnMailClassesJob(app.context);
  const notices = await app.context.db.selectFrom('staff_notices').select('subject_key').execute();
  expect(notices.map(({ subject_key }) => subject_key)).toContain(`newcomers ${WEEK}`);
});

test('forty mailboxes of eight origins, too few of each to be a crowd, count as well, and staff are told', async () => {
  const app = await createNewsletter(100);
  const ids = await join(
    app,
    Array.from({ length: 40 }, (_, index) => ({
      email: `reader@stuffer${index}.example`,
      source: `9.${Math.floor(index / 5)}.9.7`,
    })),
  );
  const issueId = await sendAndWait(app);
  const honest = honestReaders(100);
  await voteAllAndJudge(app, issueId, honest.slice(0, 60), 'ship');
  await voteAllAndJudge(app, issueId, honest.slice(60), 'skip');
  await voteAllAndJudge(app, issueId, withSources(ids), 'skip');
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 60, skip: 80, held: 0 });
  await learnMailClassesJob(app.context);
  const notices = await app.context.db.selectFrom('staff_notices').select('subject_key').execute();
  expect(notices.map(({ subject_key }) => subject_key)).toContain(`newcomers ${WEEK}`);
});

const withSources = (ids: readonly number[], source?: string) =>
  ids.map((id, index) => ({ id, source: source ?? `91.${index}.4.4` }));

test('readers who erase themselves take their votes on open issues with them, so that no crowd is freed', async () => {
  const { app, issueId, crowd } = await createCrowd();
  const erase = ({ id }: { id: number }) =>
    app.post(`/preferences/${signSubscriber(app.context.linkKeys, 'preferences', id)}/erase`);
  for (const reader of crowd) {
    expect((await erase(reader)).status).toBeLessThan(400);
  }
  await judgeCrowds(app.context, issueId);
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 42, skip: 18, held: 0 });
});

test('readers who joined from the same place in another month neither become a crowd nor hide one', async () => {
  const app = await createNewsletter(60);
  app.clock.now = new Date('2026-07-01T08:00:00Z');
  const joinAll = (count: number, name: string) =>
    join(
      app,
      Array.from({ length: count }, (_, index) => ({
        email: `${name}${index}@gmail.com`,
        source: '9.9.9.7',
      })),
    );
  const old = await joinAll(15, 'old');
  app.clock.now = new Date('2026-11-20T08:00:00Z');
  const stuffer = await joinAll(20, 'new');
  const issueId = await sendAndWait(app);
  await voteHonestly(app, issueId);
  await voteAllAndJudge(app, issueId, withSources(old), 'ship');
  await voteAllAndJudge(app, issueId, withSources(stuffer), 'skip');
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 57, skip: 18, held: 20 });
});

test.each([
  ['tags at a provider without a rule of its own', (index: number) => `me+${index}@disroot.org`],
  [
    'the domains of one provider',
    (index: number) => `me+${index}@${['yandex.com', 'yandex.ru', 'ya.ru'][index % 3]}`,
  ],
])('%s are one mailbox', async (_, emailOf) => {
  const app = await createNewsletter(60);
  const ids = [];
  for (let day = 0; day < 3; day++) {
    const joiners = [1, 2, 3, 4].map((index) => ({
      email: emailOf(day * 4 + index),
      source: `92.${day * 4 + index}.4.4`,
    }));
    ids.push(...(await join(app, joiners)));
    app.clock.now = new Date(app.clock.now.getTime() + DAY_MS);
  }
  const issueId = await sendAndWait(app);
  await voteHonestly(app, issueId);
  await voteAllAndJudge(app, issueId, withSources(ids), 'skip');
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 42, skip: 18, held: 12 });
});

test('a released crowd is voided together with those of it who voted after the release', async () => {
  const { app, issueId, crowd } = await createCrowd();
  const [{ name } = { name: '' }] = await listCrowds(app.context.db, issueId);
  const decide = (decision: string) =>
    app.post(`/studio/issues/${WEEK}/${decision}-votes`, { crowd: name, why: 'somebody knows them' });
  await decide('release');
  await voteAllAndJudge(app, issueId, crowd.slice(11), 'skip');
  expect(await harborlightTally(app, issueId)).toMatchObject({ skip: 30, held: 0 });
  await decide('void');
  expect(await harborlightTally(app, issueId)).toMatchObject({ skip: 18, held: 12 });
  expect(
    (await app.post(`/studio/issues/${WEEK}/release-votes`, { crowd: 'origin 999', why: 'x' })).status,
  ).toBe(404);
  expect(
    (await app.post(`/studio/issues/${WEEK}/release-votes`, { reason: 'one origin', why: 'x' })).status,
  ).toBe(400);
});

test('a release for another reason frees nobody from a crowd', async () => {
  const app = await createNewsletter(60);
  const ids = await joinClass(app);
  const issueId = await sendAndWait(app);
  for (const id of ids) {
    const token = signVote(app.context.linkKeys, { issue_id: issueId, subscriber_id: id });
    await visitAndVote(app, `/v/${token}/harborlight/skip`, { seconds: 0.2, source: '9.9.9.7' });
  }
  await app.post(`/studio/issues/${WEEK}/release-votes`, { reason: 'too fast', why: 'a slow page' });
  await voteHonestly(app, issueId);
  await closeVoting(app.context, WEEK);
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 42, skip: 18, held: 12 });
});

test('when crowds cannot be judged, votes are taken all the same', async () => {
  const app = await createNewsletter(60);
  const ids = await joinClass(app);
  const issueId = await sendAndWait(app);
  await sql`alter table crowds add constraint no_crowds check (false)`.execute(app.context.db);
  await voteAllAndJudge(app, issueId, honestReaders(60), 'ship');
  for (const id of ids) {
    const token = signVote(app.context.linkKeys, { issue_id: issueId, subscriber_id: id });
    expect((await visitAndVote(app, `/v/${token}/harborlight/skip`, { source: '9.9.9.7' })).status).toBe(303);
  }
  await sql`alter table crowds drop constraint no_crowds`.execute(app.context.db);
  await learnMailClassesJob(app.context);
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 60, skip: 0, held: 12 });
});

const countNotices = async (app: TestApp) =>
  (
    await app.context.db
      .selectFrom('staff_notices')
      .select('id')
      .where('subject_key', 'like', 'crowds %')
      .execute()
  ).length;

test('staff are told of every crowd, not only of the first', async () => {
  const app = await createNewsletter(60);
  const first = await joinClass(app);
  const second = await join(
    app,
    Array.from({ length: 12 }, (_, index) => ({ email: `y${index}@school.example`, source: '8.8.4.4' })),
  );
  const issueId = await sendAndWait(app);
  await voteHonestly(app, issueId);
  await voteAllAndJudge(app, issueId, withSources(first), 'skip');
  const before = await countNotices(app);
  const [{ name } = { name: '' }] = await listCrowds(app.context.db, issueId);
  await app.post(`/studio/issues/${WEEK}/release-votes`, { crowd: name, why: 'a class of ours' });
  await voteAllAndJudge(app, issueId, withSources(second), 'skip');
  expect(before).toBeGreaterThan(0);
  expect(await countNotices(app)).toBeGreaterThan(before);
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 42, skip: 30, held: 12 });
});

test('a stuffer who makes many crowds does not fill the mailboxes of staff', async () => {
  const app = await createNewsletter(60);
  const groups = [];
  for (let group = 0; group < 6; group++) {
    const joiners = Array.from({ length: 9 }, (_, index) => ({
      email: `z${index}@group${group}.example`,
      source: `9.9.${group}.7`,
    }));
    groups.push(await join(app, joiners));
  }
  const issueId = await sendAndWait(app);
  await voteHonestly(app, issueId);
  for (const group of groups) {
    await voteAllAndJudge(app, issueId, withSources(group), 'skip');
  }
  expect((await listCrowds(app.context.db, issueId)).length).toBeGreaterThanOrEqual(6);
  expect(await countNotices(app)).toBe(3);
});

test('readers whom staff vouched for in another issue are in no crowd', async () => {
  const app = await createNewsletter(60);
  const ids = await joinClass(app);
  const issueId = await sendAndWait(app);
  await app.context.db
    .updateTable('reader_origins')
    .set({ vouched_for_in: issueId + 1 })
    .execute();
  await voteHonestly(app, issueId);
  await voteAllAndJudge(app, issueId, withSources(ids, '9.9.9.7'), 'skip');
  await closeVoting(app.context, WEEK);
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 42, skip: 30, held: 0 });
});

test('a frozen result is not judged again', async () => {
  const { app, issueId } = await createCrowd();
  await closeVoting(app.context, WEEK);
  const before = await app.context.db.selectFrom('votes').selectAll().orderBy('voter_key').execute();
  await sql`delete from crowds`.execute(app.context.db);
  await sql`update casts set origins = null, is_new_reader = false`.execute(app.context.db);
  await judgeCrowds(app.context, issueId);
  expect(await app.context.db.selectFrom('votes').selectAll().orderBy('voter_key').execute()).toEqual(before);
});

test.each(['clean', 'unknown'] as const)(
  'a crowd that presses early at a %s host teaches nothing about the host’s other readers',
  async (known_class) => {
    const app = await createNewsletter(60);
    const domains = ['resend.dev', 'stuffer.example'];
    await app.context.db
      .insertInto('mail_domains')
      .values(
        domains.map((domain) => ({
          domain,
          mail_host: 'mail.example',
          known_class,
          looked_up_at: app.clock.now,
        })),
      )
      .execute();
    const joiners = Array.from({ length: 12 }, (_, index) => ({
      email: `s${index}@stuffer.example`,
      source: '9.9.9.7',
    }));
    const ids = await join(app, joiners);
    const issueId = await sendAndWait(app);
    const sent = app.clock.now.getTime() - 3 * 3_600_000;
    await sql`update batches set settled_at = ${new Date(sent)}, status = 'settled'`.execute(app.context.db);
    app.clock.now = new Date(sent + 4 * 60_000);
    await voteAllAndJudge(app, issueId, withSources(ids), 'skip');
    app.clock.now = new Date(sent + 3_600_000);
    await voteAllAndJudge(app, issueId, honestReaders(30), 'ship');
    await voteAllAndJudge(app, issueId, honestReaders(10, 31), 'skip');
    await learnMailClassesJob(app.context);
    await closeVoting(app.context, WEEK);
    expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 30, skip: 10, held: 12 });
  },
);

test('what staff are told of a crowd stays true once its evidence is deleted', async () => {
  const { app, issueId } = await createCrowd();
  await closeVoting(app.context, WEEK);
  const [before] = await listCrowds(app.context.db, issueId);
  app.clock.now = new Date(app.clock.now.getTime() + 40 * DAY_MS);
  await deleteEvidence(app.context);
  const after = await listCrowds(app.context.db, issueId);
  expect(after).toHaveLength(1);
  expect(after[0]).toMatchObject({ voters: before!.voters, alike: null });
  expect(await (await app.request(`/studio/issues/${WEEK}`)).text()).not.toContain('voted exactly alike');
});
