import { type RawBuilder, sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Context } from '../../context.ts';
import type { Issue } from '../../issues/record/issue.ts';
import type { Week } from '../../week.ts';
import { applyEvent } from '../events/apply-event.ts';
import { finishIssueWhenDone } from '../deliveries/finish-issue.ts';
import { ensurePrepared, listPausedForReview } from './_ensure-prepared.ts';
import { holdUnlisted } from './_hold-unlisted.ts';
import { type ListedLetter, type ListedMail, listMails, ensureTeams } from './_list-mails.ts';
import { markLetters } from './_mark-letters.ts';

/** The result for one issue. */
export interface Reconciled {
  week: Week;
  /** Deliveries that Resend has, but that this database had not recorded as sent. */
  found: number;
  /** Deliveries whose outcome nobody can know, because others of their batch went out. */
  unknown: number;
  /** Mails to addresses that this database does not have: readers who joined after the backup. */
  missing_readers: number;
}

/** Letters of one kind that readers had received, and that this database had not recorded. */
export interface ReconciledLetters {
  /** As `LetterSubject.kind`. */
  kind: string;
  found: number;
}

export interface Reconciliation {
  since: Date;
  issues: Reconciled[];
  letters: ReconciledLetters[];
  /** Letters of unknown kind: the earlier release that sent them did not say. */
  unnamed_letters: number;
  /** Weeks whose issue went out but is missing in this database. */
  lost_weeks: Week[];
  /** Weeks whose unsent issue is held, because it may have gone out before what Resend still lists. */
  held_weeks: Week[];
  /** Weeks whose issue went out in part, but was not approved in this database: the rest is paused until staff decide. */
  paused_weeks: Week[];
}

/** Records are written slightly later than what they describe. */
const MARGIN_MS = 10 * 60_000;
/** Resend keeps mails for 30 days (docs/resend.md, quotas). */
const RETENTION_MS = 29 * 86_400_000;

/**
 * Asks Resend what went out since this database's last record and stores it, as far back as Resend keeps mails. Deliveries
 * that are found become submitted, others of their batch become unknown, and letters that are found are not sent again; nothing is
 * sent. Idempotent.
 */
export async function reconcile(context: Context): Promise<Reconciliation> {
  const since = await findLastRecord(context);
  const counts: WeekCount[] = [];
  const lost = new Set<Week>();
  const letters: ListedLetter[] = [];
  const isRecent = context.now().getTime() - since.getTime() < RETENTION_MS;
  let isComplete = true;
  for (const team of await ensureTeams(context)) {
    for await (const { mails, letters: ofPage, is_last } of listMails(context, team, since)) {
      for (const [week, ofWeek] of Map.groupBy(mails, (mail) => mail.week)) {
        const issue = await ensurePrepared(context, week);
        if (issue) {
          counts.push(await markFound(context, issue, ofWeek));
        } else {
          lost.add(week);
        }
      }
      letters.push(...ofPage);
      // A list ends because nothing was sent before, or because Resend has deleted it.
      isComplete &&= !is_last || isRecent;
    }
  }
  const held_weeks = await holdUnlisted(context, new Date(context.now().getTime() - RETENTION_MS));
  const recorded = await recordLetters(context, letters);
  const unknown = await settleBatches(context, isComplete);
  return {
    since,
    issues: sumByWeek([...counts, ...unknown]).filter(
      (issue) => issue.found + issue.unknown + issue.missing_readers > 0,
    ),
    letters: recorded,
    unnamed_letters: letters.filter(({ kind }) => kind === '').length,
    lost_weeks: [...lost].toSorted((a, b) => a.localeCompare(b)),
    held_weeks,
    paused_weeks: await listPausedForReview(context.db),
  };
}

async function recordLetters(
  { db }: Context,
  letters: readonly ListedLetter[],
): Promise<ReconciledLetters[]> {
  const byKind = [...Map.groupBy(letters, ({ kind }) => kind)].toSorted(([a], [b]) => a.localeCompare(b));
  const recorded: ReconciledLetters[] = [];
  for (const [kind, ofKind] of byKind) {
    const found = await db.transaction().execute((tx) => markLetters(tx, kind, ofKind));
    recorded.push({ kind, found });
  }
  return recorded.filter(({ found }) => found > 0);
}

async function findLastRecord({ db, now }: Context): Promise<Date> {
  const { rows } = await sql<{ last: Date | null; open: Date | null }>`
    select greatest(
        (select max(ran_at) from schedule_runs where ran_at <= ${now()}), (select max(greatest(settled_at, first_attempt_at)) from batches),
        (select max(requested_at) from subscribers where status = 'pending')
      ) as last,
      (select min(first_attempt_at) from batches where status = 'submitting') as open`.execute(db);
  const { last, open } = rows[0] ?? { last: null, open: null };
  const from = Math.min((last ?? now()).getTime(), (open ?? now()).getTime());
  return new Date(from - MARGIN_MS);
}

type WeekCount = Pick<Reconciled, 'week'> & Partial<Reconciled>;

function sumByWeek(counts: readonly WeekCount[]): Reconciled[] {
  const sum = (ofWeek: readonly WeekCount[], name: 'found' | 'unknown' | 'missing_readers') =>
    ofWeek.reduce((total, count) => total + (count[name] ?? 0), 0);
  return [...Map.groupBy(counts, ({ week }) => week)].map(([week, ofWeek]) => ({
    week,
    found: sum(ofWeek, 'found'),
    unknown: sum(ofWeek, 'unknown'),
    missing_readers: sum(ofWeek, 'missing_readers'),
  }));
}

interface Found {
  id: number;
  resend_id: string;
  last_event: string;
  at: Date;
  round: number;
}

const ARRIVED = ['delivered', 'opened', 'clicked', 'complained'];
const REPORTED_BY_EVENTS = new Set(['bounced', 'complained', 'suppressed', 'failed', 'delivery_delayed']);

async function markFound(
  context: Context,
  { id, week }: Issue,
  mails: readonly ListedMail[],
): Promise<WeekCount> {
  const listed: RawBuilder<unknown> = sql`unnest(
    ${mails.map(({ resend_id }) => resend_id)}::uuid[], ${mails.map(({ email }) => email.toLowerCase())}::text[],
    ${mails.map(({ created_at }) => created_at)}::timestamptz[], ${mails.map(({ last_event }) => last_event)}::text[]
    ) as listed (resend_id, email, at, last_event)`;
  const known = sql`subscribers on ${addressKey(sql`subscribers.email`)} = listed.email`;
  const { rows } = await sql<Found>`
    with found as (
      select distinct on (deliveries.id) deliveries.id, listed.*
      from ${listed} join ${known}
      join deliveries on deliveries.issue_id = ${id} and deliveries.subscriber_id = subscribers.id
      where (
          (deliveries.resend_id is null and deliveries.status in ('queued', 'submitting', 'unknown'))
          -- Sent again after the backup.
          or (deliveries.status in ('failed', 'rejected') and last_event <> 'failed' and at > coalesce(failed_at, rejected_at)))
        and not exists (select from deliveries as other where other.resend_id = listed.resend_id)
        -- A mail that failed before it was queued again is that of an earlier round.
        and (round = 1 or last_event <> 'failed' or at >= queued_at)
      order by deliveries.id, last_event = 'failed', at
    )
    update deliveries set
      status = case when last_event = any(${ARRIVED}) then 'delivered' else 'submitted' end,
      resend_id = found.resend_id, reason = 'found at Resend', email = null,
      submitting_at = coalesce(submitting_at, at), submitted_at = at, failed_at = null, rejected_at = null,
      delivered_at = case when last_event = any(${ARRIVED}) then at end
    from found where found.id = deliveries.id and deliveries.issue_id = ${id}
    returning deliveries.id, found.resend_id, last_event, at, round`.execute(context.db);
  for (const { id: delivery, resend_id, last_event, at, round } of rows) {
    if (REPORTED_BY_EVENTS.has(last_event)) {
      const tags = { sender: context.installation.id, delivery: String(delivery), round: String(round) };
      const event = { type: `email.${last_event}`, created_at: at, data: { email_id: resend_id, tags } };
      await applyEvent(context, `restored-${resend_id}`, event);
    }
  }
  const { rows: missing_readers } = await sql<{ count: number }>`
    select count(*) as count from ${listed} left join ${known} where subscribers.id is null`.execute(
    context.db,
  );
  return { week, found: rows.length, missing_readers: missing_readers[0]?.count ?? 0 };
}

/** Resend accepts a batch as a whole: if it certainly did, members that are not listed may or may not have a mail. */
async function settleBatches(context: Context, isComplete: boolean): Promise<WeekCount[]> {
  const { db, now } = context;
  const { rows: unknown } = await sql<{ week: Week }>`
    with touched as (
      select batches.id from batches join issues on issues.id = batches.issue_id
      where batches.status in ('queued', 'submitting') and issues.prepared_at is not null
        and (${!isComplete}::boolean or exists (
          select from deliveries where batch_id = batches.id and reason = 'found at Resend'))
    )
    update deliveries set status = 'unknown', unknown_at = ${now()}, reason = 'Resend has other mails of this batch'
    from touched, issues
    where deliveries.batch_id = touched.id and deliveries.status in ('queued', 'submitting')
      and issues.id = deliveries.issue_id
    returning week`.execute(db);
  const { rows: settled } = await sql<{ issue_id: number }>`
    update batches set settled_at = coalesce(settled_at, ${now()}), last_answer = 'found at Resend',
      first_attempt_at = coalesce(first_attempt_at, ${now()}),
      status = case when exists (select from deliveries where batch_id = batches.id and status = 'unknown')
        then 'unknown' else 'settled' end
    where status in ('queued', 'submitting', 'unknown')
      and exists (select from deliveries where batch_id = batches.id and status <> 'unknown')
      and not exists (select from deliveries where batch_id = batches.id and status in ('queued', 'submitting'))
    returning issue_id`.execute(db);
  for (const id of new Set(settled.map(({ issue_id }) => issue_id))) {
    await finishIssueWhenDone(context, id);
  }
  return unknown.map(({ week }) => ({ week, unknown: 1 }));
}
