import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { addLanes } from '../lanes/add-lanes.ts';
import { accessOf, type Lane, listLanes } from '../lanes/lanes.ts';
import { backOff, waitForSlot } from '../limits/rate-limit.ts';
import { parseBatchResponse } from '../rules/parse-response.ts';

/** A mail of this installation's issues, as Resend lists it. */
export interface ListedMail {
  resend_id: string;
  week: string;
  email: string;
  created_at: Date;
  /** Resend's term: `delivered`, `bounced`, `sent` … */
  last_event: string;
}

const PAGE = 100;
const TIMEOUT_MS = 10_000;

/** A part of what a team has sent. `is_last`: Resend's list of that team ends with this page. */
interface ListedPage {
  mails: ListedMail[];
  is_last: boolean;
}

/** The first lane of each team: each team has a list of its own. */
export async function listTeams({ config, db }: Context): Promise<Lane[]> {
  const teams = listLanes(config).filter(({ number, team }) => number === team);
  await addLanes(db, teams);
  return teams;
}

/**
 * Pages of a team's list at Resend (docs/resend.md, SDK), newest first, with only the mails of this installation's issues, until one
 * goes back beyond `since`. The list has no tags, so those of the first mail of each subject and day are looked up. Throws AppError
 * for a key that may only send, and if Resend does not respond within `maxAttempts`.
 */
export async function* listMails(
  context: Context,
  lane: Lane,
  since: Date,
  maxAttempts = 8,
): AsyncGenerator<ListedPage> {
  const senders = await listSenders(context);
  const resend = await accessOf(context, lane).resend();
  const weeks = new Map<string, string | undefined>();
  let after: string | undefined;
  do {
    const { data, has_more } = await callResend(context, lane, maxAttempts, () =>
      resend.emails.list(
        { limit: PAGE, ...(after ? { after } : {}) },
        { signal: AbortSignal.timeout(TIMEOUT_MS) },
      ),
    );
    const mails: ListedMail[] = [];
    for (const { id, from, to, subject, created_at, last_event } of data) {
      const group = `${created_at.slice(0, 10)} ${subject}`;
      if (senders.has(addressIn(from)) && !weeks.has(group)) {
        weeks.set(group, await findWeek(context, lane, maxAttempts, id));
      }
      const week = weeks.get(group);
      const [email] = to;
      if (week !== undefined && email !== undefined) {
        mails.push({ resend_id: id, week, email, created_at: new Date(created_at), last_event });
      }
    }
    const oldest = data.at(-1);
    after = has_more ? oldest?.id : undefined;
    yield { mails, is_last: after === undefined };
    if (oldest && new Date(oldest.created_at) < since) {
      return;
    }
  } while (after !== undefined);
}

/** Every sender of our issues so far, since the settings may have changed. Other senders of a team are not looked up. */
async function listSenders({ config, db }: Context): Promise<Set<string>> {
  const frozen = await db
    .selectFrom('issue_renderings')
    .select([
      sql<string>`envelope ->> 'from'`.as('sender'),
      sql<Record<string, string> | null>`envelope -> 'senders'`.as('others'),
    ])
    .distinct()
    .execute();
  return new Set(
    [
      ...listLanes(config).map(({ mailFrom }) => mailFrom),
      ...frozen.flatMap(({ sender, others }) => [sender, ...Object.values(others ?? {})]),
    ].map(addressIn),
  );
}

/** `a@b.example` from `Name <a@b.example>`, whatever the name contains. */
function addressIn(sender: string): string {
  return (/<([^<>]*)>\s*$/.exec(sender)?.[1] ?? sender).trim().toLowerCase();
}

/** The week of the issue a mail belongs to; undefined for letters, tests and mails of other installations. */
async function findWeek(
  context: Context,
  lane: Lane,
  maxAttempts: number,
  id: string,
): Promise<string | undefined> {
  const resend = await accessOf(context, lane).resend();
  const { tags = [] } = await callResend(context, lane, maxAttempts, () =>
    resend.emails.get(id, { signal: AbortSignal.timeout(TIMEOUT_MS) }),
  );
  const values = new Map(tags.map(({ name, value }) => [name, value]));
  const isOurs = values.get('sender') === context.installation.id && values.has('delivery');
  return isOurs ? values.get('issue') : undefined;
}

async function callResend<Data>(
  context: Context,
  lane: Lane,
  maxAttempts: number,
  call: () => Promise<{
    data: Data | null;
    error: { name: string; message: string; statusCode: number | null } | null;
    headers: Record<string, string> | null;
  }>,
): Promise<Data> {
  for (let attempt = 1; ; attempt++) {
    await waitForSlot(context, 'personal', lane);
    const { data, error, headers } = await call();
    if (data) {
      return data;
    }
    const result = parseBatchResponse({ data, error, headers }, 0);
    if (result.kind === 'wait') {
      await backOff(context.db, lane, result.seconds);
    } else if (result.kind !== 'retry' || attempt === maxAttempts) {
      throw new AppError('refused', `Resend did not list what went out: ${error?.message ?? result.kind}.`, [
        `A key that may only send cannot list mails: run this once with that of lane ${lane.number} set to a key with full access.`,
      ]);
    }
  }
}
