import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { signVote } from '../../src/links/tokens.ts';
import type { KnownMailClass } from '../../src/database/schema.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { seedContent, seedReaders } from './seed.ts';
import { createPreparedApp } from './snapshots.ts';
import type { TestApp } from './test-app.ts';

export const WEEK = '2026-W48';

export interface SentIssue extends TestApp {
  id: number;
  pathOf: (reader: number, tool?: string, choice?: string) => string;
  /** All votes as `tool choice state`; for a held vote, the reason instead of the state. */
  listVotes: () => Promise<string[]>;
}

/** An issue sent to this many readers, whose mail host has this class. */
export async function createSentIssue(
  readers = 3,
  mailClass: KnownMailClass = 'unknown',
  env: Record<string, string> = {},
): Promise<SentIssue> {
  const key = `sent issue ${JSON.stringify([readers, mailClass, env])}`;
  const app = await createPreparedApp(key, env, undefined, async (unprepared) => {
    const { db, now } = unprepared.context;
    await seedContent(db);
    await seedReaders(db, readers);
    await db
      .insertInto('mail_domains')
      .values({
        domain: 'resend.dev',
        mail_host: 'mail.example',
        known_class: mailClass,
        looked_up_at: now(),
      })
      .execute();
    await sendIssue(unprepared);
  });
  const { context } = app;
  const { id } = await getIssue(context.db, WEEK);
  return {
    ...app,
    id,
    pathOf: (subscriber_id, tool = 'harborlight', choice = 'ship') =>
      `/v/${signVote(context.linkKeys, { issue_id: id, subscriber_id })}/${tool}/${choice}`,
    listVotes: async () => {
      const rows = await context.db
        .selectFrom('votes')
        .select(['tool_slug', 'choice', 'state', 'reason'])
        .orderBy('tool_slug')
        .orderBy('choice')
        .execute();
      return rows.map(({ tool_slug, choice, state, reason }) =>
        `${tool_slug} ${choice} ${state === 'held' ? reason : state}`.trim(),
      );
    },
  };
}

/** Drafts in time, approves and sends the issue of the seeded content; returns its id. */
export async function sendIssue({ context, drain }: TestApp): Promise<number> {
  await draftIssue(context, WEEK, new Date(context.now().getTime() - 3_600_000));
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  await drain();
  const { id } = await getIssue(context.db, WEEK);
  return id;
}
