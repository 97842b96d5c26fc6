import { type RawBuilder, sql } from 'kysely';
import { countOf } from '../../count-of.ts';
import { addressKey } from '../../database/address-key.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { type Issue, lockIssue } from '../../issues/record/issue.ts';
import { nameOfStatus, transitionIssue } from '../../issues/record/status.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import type { Week } from '../../week.ts';
import { requireNotPast } from '../past/past-issue.ts';
import { type DeliveryTransition, statusesBefore } from '../rules/delivery-status.ts';
import { makeKeyPrefix } from '../prepare/freeze-recipients.ts';
import { BATCH_SIZE } from '../prepare/number-readers.ts';
import { enqueueBatches } from '../prepare/prepare-issue.ts';

/** Selects all deliveries of an issue with a status, or only one reader's. `by` is stored with the decision. */
export interface DecisionRequest {
  status: DeliveryStatus;
  email?: string | undefined;
  by: string;
  /** How many the person deciding saw; the request is refused if there are more by now. */
  seen?: number | undefined;
}

/** Marks unknown mails that staff know went out as submitted; returns how many. Throws AppError if there are none. */
export async function countAsSent(context: Context, week: Week, request: DecisionRequest): Promise<number> {
  return context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    requireNotPast(issue, context.now());
    const { numAffectedRows } = await sql`
      with chosen as (${selectChosen(issue, 'count as sent', request)}),
      moved as (
        update deliveries set status = 'submitted', submitted_at = coalesce(submitting_at, unknown_at, ${context.now()}), reason = 'counted as sent', email = null
        from chosen where chosen.id = deliveries.id and deliveries.issue_id = ${issue.id} and deliveries.status = ${request.status}
        returning deliveries.id
      )
      ${insertDecisions('count as sent', request, context.now())}`.execute(tx);
    return countOrRefuse(numAffectedRows, issue, request);
  });
}

/**
 * Sends the issue again, at once, to exactly these readers, in a new round but with the same variant and lane: new
 * batches get new idempotency keys, and every reader is checked again when their batch is claimed. Returns their
 * number. Throws AppError if there are none, or if the issue was never sent or is cancelled.
 */
export async function sendAgain(context: Context, week: Week, request: DecisionRequest): Promise<number> {
  return context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!['sending', 'paused', 'sent'].includes(issue.status)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${nameOfStatus(issue)}; only an issue that is sending, paused or sent can be sent again.`,
      );
    }
    requireNotPast(issue, context.now());
    await requireAnswered(tx, issue, request);
    const moved = await requeue(tx, issue, request, context.now());
    // A mail may have got this status between the two, while its batch is in flight.
    await (moved || requireAnswered(tx, issue, request));
    const readers = countOrRefuse(moved, issue, request);
    await transitionIssue(tx, issue.id, ['sent'], 'sending', context.now());
    await enqueueBatches(context, tx, issue.id);
    return readers;
  });
}

/** A mail that leaves a batch in flight would change what its retry sends under the same key. */
async function requireAnswered(tx: Tx, issue: Issue, request: DecisionRequest): Promise<void> {
  const { rows } = await sql`
    with chosen as (${selectChosen(issue, 'send again', request)})
    select from chosen where is_in_flight limit 1`.execute(tx);
  if (rows.length > 0) {
    throw new AppError(
      'refused',
      `Mails of ${issue.week} that are ${request.status} are waiting for Resend's response to their API call, which is retried for up to 23 hours. Send them again after that.`,
    );
  }
}

async function requeue(
  tx: Tx,
  issue: Issue,
  request: DecisionRequest,
  now: Date,
): Promise<bigint | undefined> {
  const prefix = makeKeyPrefix(issue.week);
  const size = sql.lit(BATCH_SIZE);
  const { numAffectedRows } = await sql`
    with chosen as (${selectChosen(issue, 'send again', request)}),
    last as (select max(number) as number from batches where issue_id = ${issue.id}),
    placed as (
      select id, variant, lane, place,
        last.number + (dense_rank() over (order by variant, lane, place / ${size}))::integer as number
      from chosen, last
      where not is_in_flight),
    made as (
      insert into batches (issue_id, number, idempotency_key, status, variant, lane)
      select distinct ${issue.id}::integer, placed.number, ${prefix}::text || '-' || placed.number, 'queued', variant, lane
      from placed
      returning id, number
    ), moved as (
      update deliveries set status = 'queued', round = round + 1, batch_id = made.id, position = place % ${size},
        queued_at = ${now}, reason = null, resend_id = null, email = null, submitting_at = null, submitted_at = null,
        delivered_at = null, delayed_at = null, failed_at = null, rejected_at = null, unknown_at = null
      from placed join made using (number)
      where placed.id = deliveries.id and deliveries.issue_id = ${issue.id} and deliveries.status = ${request.status}
      returning deliveries.id
    )
    ${insertDecisions('send again', request, now)}`.execute(tx);
  return numAffectedRows;
}

function selectChosen(
  { id }: Issue,
  move: DeliveryTransition,
  { status, email }: DecisionRequest,
): RawBuilder<unknown> {
  const isPossible = statusesBefore(move).includes(status);
  if (!isPossible) {
    throw new AppError(
      'refused',
      `Mails that are ${status} cannot be chosen; only those that are ${statusesBefore(move).join(' or ')}.`,
    );
  }
  const theirs =
    email === undefined
      ? sql`true`
      : sql`${addressKey(sql`coalesce(deliveries.email, subscribers.email)`)} = ${email.toLowerCase()}`;
  return sql`
    select deliveries.id, variant, lane, batches.status = 'submitting' as is_in_flight,
      row_number() over (partition by variant, lane order by batch_id, position) - 1 as place
    from deliveries join batches on batches.id = batch_id left join subscribers on subscribers.id = deliveries.subscriber_id
    where deliveries.issue_id = ${id} and deliveries.status = ${status} and ${theirs}`;
}

/** Of the mails that were `moved`: one whose event arrives meanwhile stays as it is. */
function insertDecisions(
  move: DeliveryTransition,
  { by, status }: DecisionRequest,
  now: Date,
): RawBuilder<unknown> {
  return sql`
    insert into delivery_decisions (delivery_id, decision, from_status, decided_by, decided_at)
    select id, ${move}, ${status}, ${by}, ${now} from moved`;
}

function countOrRefuse(
  count: bigint | undefined,
  { week }: Issue,
  { status, email, seen }: DecisionRequest,
): number {
  if (!count) {
    const who = email === undefined ? 'No mail' : 'No mail to that address';
    throw new AppError('refused', `${who} of ${week} is ${status}.`);
  }
  if (seen !== undefined && count > seen) {
    throw new AppError(
      'refused',
      `${countOf(count, 'mail')} of ${week} ${count === 1n ? 'is' : 'are'} ${status} now, not the ${seen} that you saw. Look at them again; nothing was done.`,
    );
  }
  return Number(count);
}
