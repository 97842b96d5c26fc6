import { expect, test } from 'vitest';
import { THRESHOLDS } from '../../src/config/settings/judging-settings.ts';
import { type Figures, learnClass } from '../../src/votes/learn/_learn-class.ts';
import { learnMailClasses } from '../../src/votes/learn/learn-mail-classes.ts';
import { gestureFor, gestureWithoutJudge } from '../../src/votes/ballot/vote-gesture.ts';
import { isTooCloseToCall, wilson } from '../../src/votes/tally/tally.ts';
import type { Db } from '../../src/database/connect.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { createSentIssue } from '../support/sent-issue.ts';
import { visitAndVote } from '../support/visit.ts';

const NONE = { deliveries: 0, swept: 0, early: 0, voted_early: 0, untouched: 0 };

test.each([
  ['nothing seen', NONE, 'unknown', undefined],
  ['one reader of five', { ...NONE, deliveries: 5, early: 1 }, 'unknown', undefined],
  ['two of five', { ...NONE, deliveries: 5, early: 2 }, 'unknown', 'scanned'],
  ['two of five swept', { ...NONE, deliveries: 5, swept: 2 }, 'clean', 'scanned'],
  ['five per cent of many, as for people', { ...NONE, deliveries: 2_000, early: 100 }, 'clean', undefined],
  ['twenty per cent of many', { ...NONE, deliveries: 200, early: 40 }, 'clean', 'scanned'],
  ['what is already known', { ...NONE, deliveries: 200, early: 180 }, 'scanned', undefined],
  ['pressed', { ...NONE, deliveries: 200, swept: 180, early: 190, voted_early: 90 }, 'scanned', 'pressed'],
  [
    'three of five who press, as people in an office do',
    { ...NONE, deliveries: 5, voted_early: 3 },
    'unknown',
    undefined,
  ],
  ['presses in 30 of 130 mails', { ...NONE, deliveries: 130, voted_early: 30 }, 'clean', undefined],
  ['presses in half of the mails', { ...NONE, deliveries: 60, voted_early: 30 }, 'clean', 'pressed'],
  ['a hundred and nothing', { ...NONE, deliveries: 100 }, 'unknown', undefined],
  ['two hundred and nothing', { ...NONE, deliveries: 200 }, 'unknown', 'clean'],
  ['a listed scanner that does nothing', { ...NONE, deliveries: 200 }, 'scanned', 'clean'],
  [
    'a listed scanner that comes hours later',
    { ...NONE, deliveries: 200, untouched: 90 },
    'scanned',
    undefined,
  ],
  ['an unlisted one that does', { ...NONE, deliveries: 200, untouched: 90 }, 'unknown', 'scanned'],
  ['pages that a tenth did not touch', { ...NONE, deliveries: 400, untouched: 40 }, 'unknown', undefined],
  ['a few pages that nobody touched', { ...NONE, deliveries: 400, untouched: 12 }, 'unknown', 'clean'],
] as const)('the class learned from %s is correct', (_, figures, known, expected) => {
  expect(learnClass(figures, known, known, THRESHOLDS)).toBe(expected);
});

test('a few quick readers of a small domain at a clean host are no scanner; a sweep is one, and so are many', () => {
  const learn = (figures: Partial<Figures>) =>
    learnClass({ ...NONE, ...figures }, undefined, 'clean', THRESHOLDS);
  expect(learn({ deliveries: 1, early: 1 })).toBeUndefined();
  expect(learn({ deliveries: 20, early: 4 })).toBeUndefined();
  expect(learn({ deliveries: 10, early: 3 })).toBeUndefined();
  expect(learn({ deliveries: 2, early: 2, voted_early: 2 })).toBeUndefined();
  expect(learn({ deliveries: 5, early: 2, swept: 2 })).toBe('scanned');
  expect(learn({ deliveries: 40, early: 12 })).toBe('scanned');
  expect(learn({ deliveries: 40, early: 40, voted_early: 30 })).toBe('pressed');
});

test('what a domain does is learned even if the table says so already: most others at its host may be different', async () => {
  expect(learnClass({ ...NONE, deliveries: 40, swept: 40 }, undefined, 'scanned', THRESHOLDS)).toBe(
    'scanned',
  );
  const app = await createSentIssue(40, 'scanned');
  const { db } = app.context;
  // Counts what there is.
  await learnMailClasses(app.context);
  await db
    .insertInto('mail_class_figures')
    .values([
      { issue_id: app.id, domain: 'resend.dev', day: '2026-11-24', deliveries: 40, swept: 40, early: 40 },
      { issue_id: app.id, domain: 'quiet.example', day: '2026-11-24', deliveries: 10_000, early: 100 },
    ])
    .onConflict((conflict) =>
      conflict.columns(['issue_id', 'domain', 'day']).doUpdateSet({ swept: 40, early: 40 }),
    )
    .execute();
  await db
    .insertInto('mail_domains')
    .values({
      domain: 'quiet.example',
      mail_host: 'mail.example',
      known_class: 'scanned',
      looked_up_at: app.clock.now,
    })
    .execute();
  await learnMailClasses(app.context);
  const learned = await db
    .selectFrom('learned_classes')
    .select(['scope', 'name', 'class'])
    .orderBy('name')
    .execute();
  expect(learned).toEqual([
    { scope: 'mail host', name: 'mail.example', class: 'clean' },
    { scope: 'domain', name: 'quiet.example', class: 'clean' },
    { scope: 'domain', name: 'resend.dev', class: 'scanned' },
  ]);
});

test.each([
  ['clean', 3_600, false, 'none', 'none'],
  ['clean', 30, false, 'interaction', 'interaction'],
  ['unknown', 3_600, false, 'interaction', 'interaction'],
  ['scanned', 59, false, 'interaction', 'press'],
  ['scanned', 61, false, 'interaction', 'interaction'],
  ['pressed', 599, false, 'press', 'press'],
  ['pressed', 601, false, 'interaction', 'press'],
  ['pressed', 1_799, false, 'interaction', 'press'],
  ['pressed', 1_801, false, 'interaction', 'interaction'],
  ['pressed', 60, true, 'none', 'none'],
] as const)(
  'a page for a %s host %s s after delivery, remembered %s: %s; one that confirms a sign-up: %s',
  (mail_class, age, is_remembered, vote, confirmation) => {
    const now = new Date('2026-11-24T16:00:00Z');
    const arrived_at = new Date(now.getTime() - age * 1_000);
    const visit = { mail_class, arrived_at, is_remembered };
    expect(gestureFor(visit, now, THRESHOLDS)).toBe(vote);
    expect(gestureWithoutJudge(visit, now, THRESHOLDS)).toBe(confirmation);
  },
);

test('the Wilson interval matches published values, and is 0 to 1 without votes', () => {
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  // Brown, Cai and DasGupta 2001: 0.2366 to 0.7634 for 5 of 10.
  expect(wilson(5, 10).low).toBeCloseTo(0.2366, 3);
  expect(wilson(5, 10).high).toBeCloseTo(0.7634, 3);
  expect(wilson(28, 40).high - 0.7).toBeLessThan(0.15);
});

test('classes are learned from link opens, recomputed each time, and expire when the evidence is old', async () => {
  const app = await createSentIssue(20, 'unknown');
  for (let reader = 1; reader <= 6; reader++) {
    for (const tool of ['harborlight', 'quillbench']) {
      for (const choice of ['ship', 'skip']) {
        await app.request(app.pathOf(reader, tool, choice));
      }
    }
  }
  await learnMailClasses(app.context);
  await learnMailClasses(app.context);
  const learned = () =>
    app.context.db
      .selectFrom('learned_classes')
      .select(['scope', 'name', 'class', 'deliveries', 'swept'])
      .orderBy('scope')
      .execute();
  expect(await learned()).toEqual([
    { scope: 'domain', name: 'resend.dev', class: 'scanned', deliveries: 20, swept: 6 },
    { scope: 'mail host', name: 'mail.example', class: 'scanned', deliveries: 20, swept: 6 },
  ]);
  const page = await (await app.request(app.pathOf(7))).text();
  expect(page).toContain('data-gesture="interaction"');
  app.clock.now = new Date(app.clock.now.getTime() + 80 * 86_400_000);
  await learnMailClasses(app.context);
  expect(await learned()).toEqual([]);
});

test('counting incrementally gives the same figures as counting everything again', async () => {
  const app = await createSentIssue(30, 'unknown');
  const { context, clock } = app;
  const random = seededRandom('openings');
  for (let round = 0; round < 4; round++) {
    for (let visit = 0; visit < 25; visit++) {
      const reader = 1 + Math.floor(random.next() * 5);
      const tool = random.chance(0.5) ? 'harborlight' : 'quillbench';
      const path = app.pathOf(reader, tool, random.chance(0.5) ? 'ship' : 'skip');
      await (random.chance(0.2) ? visitAndVote(app, path) : app.request(path));
    }
    await learnMailClasses(context);
    clock.now = new Date(clock.now.getTime() + 4 * 60_000);
  }
  const incremental = await listFigures(context.db);
  expect(incremental).toMatchObject([{ deliveries: 30 }]);
  const { swept, early, voted_early, opened, touched } = incremental[0]!;
  expect(Math.min(swept, early, voted_early, touched, opened - touched)).toBeGreaterThan(0);
  await context.db.updateTable('learning').set({ settings: 'others' }).execute();
  await learnMailClasses(context);
  expect(await listFigures(context.db)).toEqual(incremental);
});

test('the mails of a batch that settles after their links were opened are counted as opened', async () => {
  const app = await createSentIssue(4, 'unknown');
  const { db } = app.context;
  await db.updateTable('batches').set({ status: 'submitting' }).execute();
  await app.request(app.pathOf(1));
  await learnMailClasses(app.context);
  expect(await listFigures(db)).toEqual([]);
  await db.updateTable('batches').set({ status: 'settled' }).execute();
  app.clock.now = new Date(app.clock.now.getTime() + 3 * 3_600_000);
  await learnMailClasses(app.context);
  expect(await listFigures(db)).toMatchObject([{ deliveries: 4, early: 1 }]);
});

test.each([
  [{ ship: 25, skip: 15 }, { ship: 20, skip: 20 }, true],
  [{ ship: 300, skip: 100 }, { ship: 200, skip: 200 }, false],
  [{ ship: 30, skip: 9 }, { ship: 20, skip: 20 }, false],
  [{ ship: 30, skip: 10 }, undefined, false],
])('%j and %j are too close to call: %s', (a, b, expected) => {
  expect(isTooCloseToCall(a, b)).toBe(expected);
});

function listFigures(db: Db) {
  return db
    .selectFrom('mail_class_figures')
    .select(['domain', 'day', 'deliveries', 'swept', 'early', 'voted_early', 'opened', 'touched'])
    .execute();
}
