import type { BatchStatus, DeliveryStatus, IssueStatus } from '../../src/database/schema.ts';
import { haltAfter, isSendable, outcomeOf } from '../../src/sending/rules/batch-outcome.ts';
import {
  type DeliveryChange,
  type DeliveryEvent,
  eventStillCounts,
  nextStatus,
  statusAfterEarlierMail,
  statusesBefore,
} from '../../src/sending/rules/delivery-status.ts';
import type { SendResult } from '../../src/sending/rules/parse-response.ts';
import type { AcceptedMail, RequestedMail } from './resend-model.ts';

export interface Reader {
  email: string;
  has_left: boolean;
  paused_until: Date | null;
}

export interface Batch {
  id: number;
  status: BatchStatus;
  key: string;
  first_attempt_at: Date | null;
  uncertain_since: Date | null;
  attempts: number;
}

export interface Delivery {
  id: number;
  reader: Reader;
  batch: Batch;
  status: DeliveryStatus;
  submitting_at: Date | null;
  email: string | null;
  resend_id: string | null;
  round: number;
  /** The status each time that staff sent it again. */
  sent_again_from: DeliveryStatus[];
  was_counted_as_sent: boolean;
  moves: { from: DeliveryStatus; change: DeliveryChange; to: DeliveryStatus; isOfEarlierMail: boolean }[];
}

export interface Claim {
  batch: Batch;
  key: string;
  uncertain_since: Date;
  was_uncertain: boolean;
  attempt: number;
  members: Delivery[];
  mails: RequestedMail[];
}

/** The tables of one issue; the functions below change them as src/sending changes the real ones. */
export interface Ledger {
  now: Date;
  issue: { status: IssueStatus; resume_at: Date | null };
  batches: Batch[];
  deliveries: Delivery[];
}

export function openLedger(readers: Reader[], batchSize: number, now: Date): Ledger {
  const ledger: Ledger = { now, issue: { status: 'sending', resume_at: null }, batches: [], deliveries: [] };
  for (const [index, reader] of readers.entries()) {
    const batch = index % batchSize === 0 ? addBatch(ledger) : ledger.batches.at(-1)!;
    const nothingYet = { submitting_at: null, email: null, resend_id: null, was_counted_as_sent: false };
    const delivery = { ...nothingYet, round: 1, sent_again_from: [], moves: [] };
    ledger.deliveries.push({ ...delivery, id: index + 1, reader, batch, status: 'queued' });
  }
  return ledger;
}

export function isMailable(reader: Reader, now: Date): boolean {
  return !reader.has_left && !(reader.paused_until && reader.paused_until > now);
}

/** Models _claim-batch.ts. */
export function claim(ledger: Ledger, batch: Batch): Claim | undefined {
  const { now } = ledger;
  if (!isSendable(batch.status, ledger.issue.status)) {
    return undefined;
  }
  const was_uncertain = batch.uncertain_since !== null;
  const isFirst = batch.first_attempt_at === null;
  batch.status = 'submitting';
  batch.first_attempt_at ??= now;
  batch.uncertain_since ??= now;
  batch.attempts += 1;
  const ownDeliveries = ledger.deliveries.filter((delivery) => delivery.batch === batch);
  if (isFirst) {
    ownDeliveries
      .filter(({ status }) => status === 'queued')
      .forEach((delivery) => claimDelivery(delivery, now));
  }
  const members = ownDeliveries.filter(({ submitting_at }) => submitting_at !== null);
  return {
    batch,
    key: batch.key,
    uncertain_since: batch.uncertain_since,
    was_uncertain,
    attempt: batch.attempts,
    members,
    mails: members.map(({ id, round, email }) => ({ delivery_id: id, round, email: email ?? '' })),
  };
}

function claimDelivery(delivery: Delivery, now: Date): void {
  const canGetIt = isMailable(delivery.reader, now);
  move(delivery, canGetIt ? 'claim' : 'skip');
  delivery.submitting_at = canGetIt ? now : null;
  delivery.email = canGetIt ? delivery.reader.email : null;
}

/** Models _record-response.ts. */
export function record(ledger: Ledger, attempt: Claim, answer: SendResult): void {
  const outcome = outcomeOf(answer, attempt.was_uncertain);
  const { batch } = attempt;
  if (answer.kind === 'accepted') {
    for (const [index, delivery] of attempt.members.entries()) {
      const mail = answer.mails[index]!;
      if (delivery.batch === batch) {
        move(delivery, 'resend_id' in mail ? 'submitted' : 'reject');
        delivery.resend_id = 'resend_id' in mail ? mail.resend_id : delivery.resend_id;
        delivery.email = null;
      }
    }
    batch.status = 'settled';
  } else if (outcome.kind === 'unknown') {
    const lost = ledger.deliveries.filter(
      ({ batch: other, status }) => other === batch && statusesBefore('mark unknown').includes(status),
    );
    lost.forEach((delivery) => move(delivery, 'mark unknown'));
    batch.status = lost.length > 0 ? 'unknown' : 'settled';
  } else if (outcome.kind === 'released') {
    release(ledger, attempt);
  }
  const halt = haltAfter(answer, ledger.now);
  if (halt && ledger.issue.status === 'sending') {
    ledger.issue = { status: 'paused', resume_at: halt.resume_at };
  }
  finishWhenDone(ledger);
}

function release(ledger: Ledger, { batch, attempt }: Claim): void {
  if (batch.status !== 'submitting' || batch.attempts !== attempt) {
    return;
  }
  Object.assign(batch, { status: 'queued', first_attempt_at: null, uncertain_since: null });
  batch.key = makeKey(batch);
  for (const delivery of ledger.deliveries) {
    if (delivery.batch === batch && statusesBefore('release').includes(delivery.status)) {
      move(delivery, 'release');
      Object.assign(delivery, { submitting_at: null, email: null });
    }
  }
  if (ledger.issue.status === 'cancelled') {
    cancelQueued(ledger);
  }
}

/** Models apply-event.ts. */
export function applyEvent(ledger: Ledger, mail: AcceptedMail, event: DeliveryEvent): void {
  const delivery = ledger.deliveries.find(({ id }) => id === mail.delivery_id)!;
  const from_status = delivery.sent_again_from.at(-1);
  const showsNothing = mail.has_failed && (event === 'submitted' || event === 'delayed');
  mail.has_failed ||= event === 'failed';
  const appliesToCurrentRound =
    mail.round === delivery.round ||
    (from_status !== undefined &&
      !showsNothing &&
      eventStillCounts(delivery.status, from_status, event, {
        wasAttempted: delivery.submitting_at !== null,
      }));
  if (appliesToCurrentRound) {
    delivery.email = delivery.status === 'unknown' ? null : delivery.email;
    move(delivery, event, mail.round < delivery.round ? statusAfterEarlierMail : nextStatus);
    delivery.resend_id = mail.round === delivery.round ? mail.id : (delivery.resend_id ?? mail.id);
  }
}

/** Models pause.ts. */
export function pause(ledger: Ledger): void {
  if (ledger.issue.status === 'sending' || ledger.issue.status === 'paused') {
    ledger.issue = { status: 'paused', resume_at: null };
  }
}

export function resume(ledger: Ledger): void {
  if (ledger.issue.status === 'paused') {
    ledger.issue = { status: 'sending', resume_at: null };
    finishWhenDone(ledger);
  }
}

export function resumeWhenDue(ledger: Ledger): void {
  const { resume_at } = ledger.issue;
  if (resume_at && resume_at <= ledger.now) {
    resume(ledger);
  }
}

export function cancel(ledger: Ledger): void {
  if (ledger.issue.status === 'sending' || ledger.issue.status === 'paused') {
    ledger.issue = { status: 'cancelled', resume_at: null };
    cancelQueued(ledger);
  }
}

function cancelQueued(ledger: Ledger): void {
  for (const batch of ledger.batches.filter(({ status }) => status === 'queued')) {
    batch.status = 'cancelled';
    ledger.deliveries
      .filter((delivery) => delivery.batch === batch && statusesBefore('cancel').includes(delivery.status))
      .forEach((delivery) => move(delivery, 'cancel'));
  }
}

/** Models decide-deliveries.ts. */
export function countAsSent(ledger: Ledger): void {
  for (const delivery of ledger.deliveries.filter(({ status }) => status === 'unknown')) {
    move(delivery, 'count as sent');
    Object.assign(delivery, { email: null, was_counted_as_sent: true });
  }
}

export function sendAgain(ledger: Ledger, from: DeliveryStatus): void {
  const chosen = ledger.deliveries.filter(({ status }) => status === from);
  const { status, resume_at } = ledger.issue;
  if (!['sending', 'paused', 'sent'].includes(status) || chosen.length === 0) {
    return;
  }
  const batch = addBatch(ledger);
  for (const delivery of chosen) {
    delivery.sent_again_from.push(from);
    move(delivery, 'send again');
    delivery.round += 1;
    Object.assign(delivery, { batch, submitting_at: null, email: null, resend_id: null });
  }
  ledger.issue = { status: status === 'sent' ? 'sending' : status, resume_at };
}

/** Models finish-issue.ts. */
function finishWhenDone(ledger: Ledger): void {
  const isDone = !ledger.batches.some(({ status }) => status === 'queued' || status === 'submitting');
  if (isDone && (ledger.issue.status === 'sending' || ledger.issue.status === 'paused')) {
    ledger.issue = { status: 'sent', resume_at: null };
  }
}

function addBatch(ledger: Ledger): Batch {
  const batch: Batch = {
    id: ledger.batches.length + 1,
    status: 'queued',
    key: '',
    first_attempt_at: null,
    uncertain_since: null,
    attempts: 0,
  };
  batch.key = makeKey(batch);
  ledger.batches.push(batch);
  return batch;
}

/** The number of attempts makes the key new after a release, because an attempt precedes every release. */
function makeKey({ id, attempts }: Batch): string {
  return `${id}-${attempts}`;
}

function move<Change extends DeliveryChange>(
  delivery: Delivery,
  change: Change,
  statusAfter: (current: DeliveryStatus, change: Change) => DeliveryStatus = nextStatus,
): void {
  const to = statusAfter(delivery.status, change);
  delivery.moves.push({
    from: delivery.status,
    change,
    to,
    isOfEarlierMail: statusAfter === statusAfterEarlierMail,
  });
  delivery.status = to;
}
