import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import type { Issue } from '../../issues/record/issue.ts';
import type { MailHeaders } from '../../issues/render/render.tsx';
import { closingTimeOf } from '../../issues/record/send-time.ts';
import { type AssignedChoice, listChoices, NOTHING, renderVariants } from '../../issues/select/variants.ts';
import type { Week } from '../../week.ts';
import { splitReaders } from './_split-readers.ts';
import { isRecipient } from './recipients.ts';
import { findMorning } from './morning.ts';
import {
  BATCH_SIZE,
  CHOOSING_READERS,
  type Differences,
  type Morning,
  numberInOrder,
  numberWithinGroups,
  selectGroups,
  selectMornings,
} from './number-readers.ts';

/** The random part keeps the keys of two installations of one Resend team, or of a restored backup, distinct. */
export function makeKeyPrefix(week: Week): string {
  return `${week}-${randomBytes(9).toString('base64url')}`;
}

/**
 * Creates every recipient's delivery, in batches whose readers get the same variant at the same time. Returns the number
 * of readers; readers for whose categories the issue has nothing are not counted. `atOnce`: nobody waits for a morning.
 */
export async function freezeRecipients(
  context: Context,
  tx: Tx,
  issue: Issue,
  now: Date,
  { atOnce }: { atOnce: boolean },
): Promise<number> {
  await copyChoosingReaders(tx, now);
  const mornings = atOnce ? [] : await listMornings(context, tx, issue, now);
  const choosing = await removePaused(tx, mornings, now);
  const choices = await renderVariants(tx, issue, context.config, await listChoices(tx, CHOOSING_READERS));
  const readers = await insertDeliveries(
    context,
    tx,
    issue,
    now,
    choosing > 0 ? { choices, mornings } : undefined,
  );
  await storeReaderCounts(tx, issue.id, choices);
  return readers;
}

/**
 * Copies what readers have chosen, until the transaction ends, since they may change it meanwhile: also of those whose pause ends
 * before their morning can be.
 */
async function copyChoosingReaders(tx: Tx, now: Date): Promise<void> {
  const latest = sql`case when morning_zone is null then ${now} else ${now}::timestamptz + interval '25 hours' end`;
  await sql`
    create temporary table ${CHOOSING_READERS} on commit drop as
    select id, categories, always_lead, morning_zone, paused_until from subscribers
    where (categories <> '{}' or morning_zone is not null) and ${isRecipient(now, latest)}`.execute(tx);
}

/** Removes the copies of readers who still pause at their morning. Returns how many readers are left. */
async function removePaused(tx: Tx, mornings: readonly Morning[], now: Date): Promise<number> {
  await sql`
    delete from ${CHOOSING_READERS} as own
    where paused_until > coalesce((
      select send_at from ${selectMornings(mornings)} where zone = own.morning_zone), ${now})`.execute(tx);
  await sql`analyze ${CHOOSING_READERS}`.execute(tx);
  const { rows } = await sql<{
    readers: number;
  }>`select count(*)::integer as readers from ${CHOOSING_READERS}`.execute(tx);
  return rows[0]?.readers ?? 0;
}

/**
 * When morning comes in each time zone that readers chose. Readers whose zone this system does not know get the issue
 * with everybody else, and so do those whose morning comes after voting has closed.
 */
async function listMornings({ config }: Context, tx: Tx, { week }: Issue, now: Date): Promise<Morning[]> {
  const { rows } = await sql<{ zone: string }>`
    select distinct morning_zone as zone from ${CHOOSING_READERS} where morning_zone is not null`.execute(tx);
  const closes_at = closingTimeOf(config, week, now);
  return rows.flatMap(({ zone }) => {
    const send_at = findMorning(zone, now);
    return send_at && send_at > now && send_at < closes_at ? [{ zone, send_at }] : [];
  });
}

/**
 * One statement, so one snapshot: the readers counted are the readers inserted. During warm-up the most engaged come
 * first, and batches end at each day's ceiling. Where all readers get the same mail at once through one lane, they need
 * not be sorted.
 */
async function insertDeliveries(
  { config }: Context,
  tx: Tx,
  issue: Issue,
  now: Date,
  differences: Differences | undefined,
): Promise<number> {
  const prefix = makeKeyPrefix(issue.week);
  const shares = await splitReaders(tx, config, await loadEnvelope(tx, issue.id), now, BATCH_SIZE);
  const order = shares.some(({ isWarmingUp }) => isWarmingUp)
    ? sql`engaged_at desc nulls last, confirmed_at desc, id`
    : sql`id`;
  const [only] = shares;
  const readers =
    differences || shares.length > 1 || !only
      ? numberWithinGroups(selectGroups(differences), now, { order, shares })
      : numberInOrder(now, order, only);
  // Numbering a million readers sorts them; with PostgreSQL's default it would do so on disk and take half as long
  // again.
  await sql`set local work_mem = '96MB'`.execute(tx);
  const { numAffectedRows } = await sql`
    with readers as materialized (${readers}), made as (
      insert into batches (issue_id, number, idempotency_key, status, variant, lane, send_at, mails)
      select ${issue.id}::integer, number, ${prefix}::text || '-' || number, 'queued', min(variant), min(lane), min(send_at), count(*)
      from readers group by number order by number
      returning id, number
    )
    insert into deliveries (issue_id, subscriber_id, batch_id, position, status, queued_at)
    select ${issue.id}, readers.id, made.id, readers.position, 'queued', ${now}
    from readers join made on made.number = readers.number`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

async function loadEnvelope(tx: Tx, issueId: number): Promise<MailHeaders> {
  const { envelope } = await tx
    .selectFrom('issue_renderings')
    .select('envelope')
    .where('issue_id', '=', issueId)
    .executeTakeFirstOrThrow();
  return envelope as MailHeaders;
}

/** Stores how many readers get each variant, and how many get nothing. */
async function storeReaderCounts(tx: Tx, issueId: number, choices: readonly AssignedChoice[]): Promise<void> {
  await sql`
    update issue_variants as variant set readers = (
      select coalesce(sum(mails), 0) from batches
      where batches.issue_id = variant.issue_id and batches.variant = variant.variant)
    where issue_id = ${issueId}`.execute(tx);
  const readers = choices.reduce((sum, choice) => sum + (choice.variant === NOTHING ? choice.readers : 0), 0);
  if (readers > 0) {
    await tx
      .insertInto('issue_variants')
      .values({
        issue_id: issueId,
        variant: NOTHING,
        comparisons: [],
        recap_tools: [],
        readers,
        subject: '',
        html: '',
        text: '',
      })
      .execute();
  }
}
