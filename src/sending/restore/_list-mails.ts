import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { backOff, waitForSlot } from '../limits/rate-limit.ts';
import { parseBatchResponse } from '../rules/parse-response.ts';

/** A mail of this installation's issues, as Resend lists it. */
export interface ListedMail {
  resend_id: string;
  week: string;
  email: string;
  created_at: Date;
  /** Resend's word: `delivered`, `bounced`, `sent` … */
  last_event: string;
}

const PAGE = 100;
const TIMEOUT_MS = 10_000;

/**
 * Pages of Resend's list (resend.md 2), newest first: those of this installation's issues, told by the tags of the first
 * mail of each subject and day, since the list has no tags. `is_last` with the page on which Resend's list ended.
 * Throws AppError for a key that may only send, and when Resend does not answer in so many `tries`.
 */
export async function* listMails(
  context: Context,
  tries = 8,
): AsyncGenerator<{ mails: ListedMail[]; oldest: Date | undefined; is_last: boolean }> {
  const senders = await listSenders(context);
  const weeks = new Map<string, string | undefined>();
  let after: string | undefined;
  do {
    const { data, has_more } = await ask(context, tries, () =>
      context.resend.emails.list(
        { limit: PAGE, ...(after ? { after } : {}) },
        { signal: AbortSignal.timeout(TIMEOUT_MS) },
      ),
    );
    const mails: ListedMail[] = [];
    for (const { id, from, to, subject, created_at, last_event } of data) {
      const group = `${created_at.slice(0, 10)} ${subject}`;
      if (senders.has(addressIn(from)) && !weeks.has(group)) {
        weeks.set(group, await findWeek(context, tries, id));
      }
      const week = weeks.get(group);
      const [email] = to;
      if (week !== undefined && email !== undefined) {
        mails.push({ resend_id: id, week, email, created_at: new Date(created_at), last_event });
      }
    }
    const oldest = data.at(-1);
    after = has_more ? oldest?.id : undefined;
    yield { mails, oldest: oldest && new Date(oldest.created_at), is_last: after === undefined };
  } while (after !== undefined);
}

/** Whom our issues ever came from: MAIL_FROM may be another one by now. Others of the team are not asked about. */
async function listSenders({ config, db }: Context): Promise<Set<string>> {
  const frozen = await db
    .selectFrom('issue_renderings')
    .select(sql<string>`envelope ->> 'from'`.as('sender'))
    .distinct()
    .execute();
  return new Set([config.mailFrom, ...frozen.map(({ sender }) => sender)].map(addressIn));
}

/** `a@b.example` of `Name <a@b.example>`, however the name is written. */
function addressIn(sender: string): string {
  return (/<([^<>]*)>\s*$/.exec(sender)?.[1] ?? sender).trim().toLowerCase();
}

/** Of whose issue a mail is, when this installation sent it: a letter, a test or another sender's mail has none. */
async function findWeek(context: Context, tries: number, id: string): Promise<string | undefined> {
  const { tags = [] } = await ask(context, tries, () =>
    context.resend.emails.get(id, { signal: AbortSignal.timeout(TIMEOUT_MS) }),
  );
  const values = new Map(tags.map(({ name, value }) => [name, value]));
  const isOurs = values.get('sender') === context.installation.id && values.has('delivery');
  return isOurs ? values.get('issue') : undefined;
}

async function ask<Data>(
  context: Context,
  tries: number,
  call: () => Promise<{
    data: Data | null;
    error: { name: string; message: string; statusCode: number | null } | null;
    headers: Record<string, string> | null;
  }>,
): Promise<Data> {
  for (let tried = 1; ; tried++) {
    await waitForSlot(context, 'personal');
    const { data, error, headers } = await call();
    if (data) {
      return data;
    }
    const answer = parseBatchResponse({ data, error, headers }, 0);
    if (answer.kind === 'wait') {
      await backOff(context.db, answer.seconds);
    } else if (answer.kind !== 'retry' || tried === tries) {
      throw new AppError('refused', `Resend does not tell what went out: ${error?.message ?? answer.kind}.`, [
        'A key that may only send cannot list mails: run this once with RESEND_API_KEY set to one with full access.',
      ]);
    }
  }
}
