import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deleteExpiredDataJob } from '../../jobs/readers/delete-expired-data.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { signSubscriber } from '../../src/links/tokens.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { suppressByEvent } from '../../src/sending/events/suppress-by-event.ts';
import { signUp } from '../../src/subscribers/join/sign-up.ts';
import { type FileFacts, importSubscribers } from '../../src/subscribers/transfer/import.ts';
import { seedContent } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const READERS = ['a', 'b', 'c', 'd'].map((name) => `delivered+${name}@resend.dev`);
const DAY_MS = 86_400_000;

/** A simple model of a reader's state, which follows what they did without looking at the database. */
interface Model {
  state: 'none' | 'pending' | 'active' | 'left' | 'stopped';
  /** Left here or elsewhere at any time, so that only they can come back. */
  has_left: boolean;
  /** Reported us as spam or bounced: never again, whatever happens. */
  is_banned: boolean;
  /** When they left here, if they may take that back. */
  left_at?: number | undefined;
}

const NOBODY: Model = { state: 'none', has_left: false, is_banned: false };

type Act = (app: TestApp, email: string) => Promise<unknown>;
type Step = { act: Act; after: (model: Model, now: number) => Model };

const idOf = async ({ context }: TestApp, email: string) =>
  (await context.db.selectFrom('subscribers').select('id').where('email', '=', email).executeTakeFirst())
    ?.id ?? 0;

const press =
  (purpose: 'confirm' | 'unsubscribe' | 'preferences', end = ''): Act =>
  async (app, email) =>
    app.post(`/${purpose}/${signSubscriber(app.context.linkKeys, purpose, await idOf(app, email))}${end}`);

const importAs =
  (facts: FileFacts): Act =>
  ({ context }, email) =>
    importSubscribers(context.pool, Readable.from([Buffer.from(`email\n${email}\n`)]), {
      now: context.now(),
      dryRun: false,
      facts: { consent_source: 'elsewhere', confirmed_at: '2026-01-01', ...facts },
    });

const stop =
  (reason: 'complained' | 'bounced'): Act =>
  async (app, email) => {
    const id = await idOf(app, email);
    await app.context.db
      .transaction()
      .execute((tx) => suppressByEvent(tx, id, reason, app.context.now(), []));
  };

const leave = (model: Model, now: number): Model =>
  ['active', 'pending'].includes(model.state)
    ? {
        ...model,
        state: 'left',
        has_left: true,
        ...(model.state === 'active' ? { left_at: now } : { left_at: undefined }),
      }
    : model;
const ban = (model: Model): Model =>
  model.state === 'none'
    ? model
    : { ...model, is_banned: true, left_at: undefined, state: model.state === 'left' ? 'left' : 'stopped' };

const STEPS: Record<string, Step> = {
  'sign up': {
    act: ({ context }, email) =>
      signUp(context, { email, page: '/', form: 'site', wording: 'x', source: undefined }),
    after: (model) =>
      model.is_banned || model.state === 'active' || model.state === 'stopped'
        ? model
        : { ...model, state: 'pending', left_at: undefined },
  },
  confirm: {
    act: press('confirm'),
    after: (model) => (model.state === 'pending' ? { ...model, state: 'active', has_left: false } : model),
  },
  unsubscribe: { act: press('unsubscribe'), after: leave },
  'unsubscribe with a slash': { act: press('unsubscribe', '/'), after: leave },
  undo: {
    act: press('unsubscribe', '/undo'),
    after: (model, now) =>
      model.state === 'left' &&
      model.left_at !== undefined &&
      now - model.left_at <= 7 * DAY_MS &&
      !model.is_banned
        ? { ...model, state: 'active', has_left: false, left_at: undefined }
        : model,
  },
  complain: { act: stop('complained'), after: ban },
  bounce: { act: stop('bounced'), after: ban },
  'be imported': {
    act: importAs({}),
    after: (model) =>
      model.is_banned || model.has_left || !['none', 'pending'].includes(model.state)
        ? model
        : { ...model, state: 'active' },
  },
  'be imported as one who left': {
    act: importAs({ status: 'unsubscribed' }),
    after: (model, now) =>
      model.state === 'none' ? { ...model, state: 'left', has_left: true } : leave(model, now),
  },
  'be imported as one who complained': {
    act: importAs({ status: 'complained' }),
    after: (model) =>
      model.state === 'none'
        ? { ...model, state: 'stopped', is_banned: true }
        : ['active', 'pending'].includes(model.state)
          ? ban(model)
          : model,
  },
  'be imported as pending': {
    act: importAs({ status: 'pending' }),
    after: (model) => (model.state === 'none' && !model.has_left ? { ...model, state: 'pending' } : model),
  },
  'erase themselves': {
    act: press('preferences', '/erase'),
    // Only they can come back, and not at all after a complaint.
    after: (model) =>
      model.state === 'none' ? model : { ...NOBODY, has_left: true, is_banned: model.is_banned },
  },
};

const step = fc.record({ reader: fc.constantFrom(...READERS), name: fc.constantFrom(...Object.keys(STEPS)) });

test('no sequence of events mails an issue to anybody who is not active', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 60 }),
      fc.array(step, { maxLength: 8 }),
      async (before, between) => {
        const app = await createTestApp();
        const models = new Map<string, Model>(READERS.map((reader) => [reader, NOBODY]));
        app.clock.now = new Date('2026-06-01T08:00:00Z');
        // Two days pass between events, so that no limit on sign-ups hides anything.
        const run = async ({ reader, name }: { reader: string; name: string }, pause = 2 * DAY_MS) => {
          app.clock.now = new Date(app.clock.now.getTime() + pause);
          const { act, after } = STEPS[name]!;
          await act(app, reader);
          models.set(reader, after(models.get(reader)!, app.clock.now.getTime()));
        };
        await seedContent(app.context.db);
        for (const one of before) {
          await run(one);
        }
        await deleteExpiredDataJob(app.context);
        app.clock.now = new Date('2026-11-24T14:00:00Z');
        await draftIssue(app.context, '2026-W48');
        await approveIssue(app.context, '2026-W48', 'test');
        await prepareIssue(app.context, '2026-W48');
        const prepared = activeOf(models);
        for (const one of between) {
          await run(one, 60_000);
        }
        await app.drain();
        const mailed = await listMailed(app);
        expect(mailed.filter((reader) => !activeOf(models).includes(reader))).toEqual([]);
        // And nobody who was active all the time is left out.
        const stayed = prepared.filter((reader) => !between.some((one) => one.reader === reader));
        expect(stayed.filter((reader) => !mailed.includes(reader))).toEqual([]);
      },
    ),
    { numRuns: 8 },
  );
});

function activeOf(models: ReadonlyMap<string, Model>): string[] {
  return [...models].filter(([, { state }]) => state === 'active').map(([reader]) => reader);
}

async function listMailed({ context }: TestApp): Promise<string[]> {
  const mails = await context.db.selectFrom('outbox.mails').select(['to_addresses', 'headers']).execute();
  return mails.filter(({ headers }) => 'List-Id' in headers).map(({ to_addresses }) => to_addresses.join());
}
