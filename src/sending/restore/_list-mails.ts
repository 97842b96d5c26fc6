import { addLanes } from '../lanes/add-lanes.ts';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { accessOf, type Lane, listLanes } from '../lanes/lanes.ts';
import { backOff, waitForSlot } from '../limits/rate-limit.ts';
import { LETTER_TAGS } from '../events/read-event.ts';
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

/** A mail to one reader other than an issue, as Resend lists it. */
export interface ListedLetter {
  /** As `LetterSubject.kind`; empty if the release that sent it did not say. */
  kind: string;
  email: string;
  created_at: Date;
}

const PAGE = 100;
const TIMEOUT_MS = 10_000;

/** A part of what a team has sent. `is_last`: Resend's list of that team ends with this page. */
interface ListedPage {
  mails: ListedMail[];
  letters: ListedLetter[];
  is_last: boolean;
}

/** What the mails of one subject and day are. */
type MailKind = { week: string } | { letter: string } | undefined;

/** The first lane of each team, since each team has a list of its own. Adds the rows of their rate limits, if they are missing. */
export async function ensureTeams({ config, db }: Context): Promise<Lane[]> {
  const teams = listLanes(config).filter(({ number, team }) => number === team);
  await addLanes(db, teams);
  return teams;
}

/**
 * Pages of a team's list at Resend (docs/resend.md, SDK), newest first, with only this installation's mails to readers, until one
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
  const kinds = new Map<string, MailKind>();
  let after: string | undefined;
  do {
    const { data, has_more } = await callResend(context, lane, maxAttempts, () =>
      resend.emails.list(
        { limit: PAGE, ...(after ? { after } : {}) },
        { signal: AbortSignal.timeout(TIMEOUT_MS) },
      ),
    );
    const page: ListedPage = { mails: [], letters: [], is_last: !has_more || data.length === 0 };
    for (const { id, from, to, subject, created_at, last_event } of data) {
      const group = `${created_at.slice(0, 10)} ${subject}`;
      if (senders.has(addressIn(from)) && !kinds.has(group)) {
        kinds.set(group, await findKind(context, lane, maxAttempts, id));
      }
      const kind = kinds.get(group);
      const [email] = to;
      if (kind && email !== undefined) {
        const listed = { email, created_at: new Date(created_at) };
        if ('week' in kind) {
          page.mails.push({ ...listed, resend_id: id, week: kind.week, last_event });
        } else if (last_event !== 'failed') {
          page.letters.push({ ...listed, kind: kind.letter });
        }
      }
    }
    const oldest = data.at(-1);
    after = has_more ? oldest?.id : undefined;
    yield page;
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

/** Undefined for tests, mails to staff and mails of other installations. */
async function findKind(context: Context, lane: Lane, maxAttempts: number, id: string): Promise<MailKind> {
  const resend = await accessOf(context, lane).resend();
  const { tags = [] } = await callResend(context, lane, maxAttempts, () =>
    resend.emails.get(id, { signal: AbortSignal.timeout(TIMEOUT_MS) }),
  );
  const values = new Map(tags.map(({ name, value }) => [name, value]));
  const week = values.has('delivery') ? values.get('issue') : undefined;
  if (values.get('sender') !== context.installation.id) {
    return undefined;
  }
  if (week !== undefined) {
    return { week };
  }
  return LETTER_TAGS.some((tag) => values.has(tag)) ? { letter: values.get('letter') ?? '' } : undefined;
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
        `A key that may only send cannot list mails: run this once with the key of lane ${lane.number} replaced by one with full access.`,
      ]);
    }
  }
}
