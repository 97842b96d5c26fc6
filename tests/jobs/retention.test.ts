import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { deleteExpiredDataJob } from '../../jobs/readers/delete-expired-data.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';
import { sentIssue } from '../monitoring/sent.ts';
import { visitAndVote } from '../support/visit.ts';

const DAY_MS = 86_400_000;

test(
  'what has served its purpose goes on its day, not before: events 90 and the rest of their week, sources 14, network addresses 30, opened links 90',
  { timeout: 60_000 },
  async () => {
    const app = await createTestApp({ TRUSTED_PROXIES: '1' });
    const { context, clock } = app;
    const { db } = context;
    await seedReaders(db, 3);
    // The job adds the partition of this week's events.
    await deleteExpiredDataJob(context);
    const { vote } = await sentIssue(app);
    await db
      .insertInto('consent_sources')
      .values({ subscriber_id: 1, event: 'confirmation', at: clock.now, address: '198.41.0.4' })
      .execute();
    await visitAndVote(app, vote, { source: '198.41.0.4' });
    const voted_at = clock.now;
    // The outbox reports by the real clock.
    await db.updateTable('delivery_events').set({ occurred_at: voted_at }).execute();
    // What the previous release stored: more than one statement deletes.
    await sql`
      insert into webhook_events (svix_id, type, delivery_id, occurred_at, received_at, payload)
      select 'msg_' || number, 'email.sent', null, ${voted_at}, ${voted_at}, '{}' from generate_series(1, 25000) as number`.execute(
      db,
    );
    const left = async (days: number) => {
      clock.now = new Date(voted_at.getTime() + days * DAY_MS);
      // It is tried again while votes are to be counted.
      await deleteExpiredDataJob(context).catch((error: unknown) => {
        if (!(error instanceof RetryLater)) {
          throw error;
        }
      });
      const count = async (
        table: 'webhook_events' | 'delivery_events' | 'link_opens' | 'consent_sources' | 'source_salts',
      ) => {
        const { rows } = await db
          .selectFrom(table)
          .select(({ fn }) => fn.countAll<number>().as('rows'))
          .executeTakeFirstOrThrow();
        return rows > 0;
      };
      const sourced = await db
        .selectFrom('casts')
        .select('source_key')
        .where('source_key', 'is not', null)
        .execute();
      return {
        events: await count('delivery_events'),
        previous: await count('webhook_events'),
        sources: sourced.length > 0,
        salts: await count('source_salts'),
        addresses: await count('consent_sources'),
        opens: await count('link_opens'),
      };
    };
    expect(await left(13)).toEqual({
      events: true,
      previous: true,
      sources: true,
      salts: true,
      addresses: true,
      opens: true,
    });
    // Until the votes are counted the rules need them.
    expect(await left(15)).toMatchObject({ sources: true });
    await closeVoting(context, '2026-W48');
    expect(await left(16)).toEqual({
      events: true,
      previous: true,
      sources: false,
      salts: false,
      addresses: true,
      opens: true,
    });
    expect(await left(29)).toMatchObject({ addresses: true });
    expect(await left(31)).toEqual({
      events: true,
      previous: true,
      sources: false,
      salts: false,
      addresses: false,
      opens: true,
    });
    expect(await left(89)).toMatchObject({ events: true, previous: true, opens: true });
    // That week ends in six days.
    expect(await left(91)).toMatchObject({ events: true, previous: false });
    expect(await left(97)).toEqual({
      events: false,
      previous: false,
      sources: false,
      salts: false,
      addresses: false,
      opens: false,
    });
    expect(await db.selectFrom('event_counts').selectAll().orderBy('type').execute()).toEqual([
      { week: '2026-11-23', type: 'email.delivered', events: 3 },
      { week: '2026-11-23', type: 'email.sent', events: 3 },
    ]);
    // What an event said about a mail stays with the mail.
    expect(await db.selectFrom('deliveries').select('status').distinct().execute()).toEqual([
      { status: 'delivered' },
    ]);
  },
);
