import type { DeliveryStatus, IssueStatus } from '../../src/database/schema.ts';
import { isSendable, isTooOldToRetry, tooOld } from '../../src/sending/rules/batch-outcome.ts';
import type { DeliveryEvent } from '../../src/sending/rules/delivery-status.ts';
import {
  type SendResult,
  parseBatchResponse,
  type SdkResult,
} from '../../src/sending/rules/parse-response.ts';
import {
  applyEvent,
  type Batch,
  cancel,
  type Claim,
  claim,
  countAsSent,
  isMailable,
  type Ledger,
  openLedger,
  pause,
  type Reader,
  record,
  resume,
  resumeWhenDue,
  sendAgain,
} from './ledger-model.ts';
import { type AcceptedMail, type Fault, openResendModel, type ResendModel } from './resend-model.ts';

const HOUR_MS = 3_600_000;
const BATCH_SIZE = 2;

export interface Plan {
  names: string[];
  /** The events that Resend reports for each mail, assigned in rotation. */
  eventLists: DeliveryEvent[][];
  refusalsUseKeys: boolean;
}

interface Call {
  batch: number;
  fault: Fault;
}

export type Step =
  | ({ kind: 'work' | 'whole attempt'; worker: number } & Call)
  | { kind: 'crash'; worker: number }
  | { kind: 'finish slow calls' | 'pause' | 'resume' | 'cancel' | 'tick' | 'count as sent' }
  | { kind: 'send again'; from: DeliveryStatus }
  | { kind: 'time passes'; hours: number }
  | { kind: 'leave'; reader: number }
  | { kind: 'pause reader'; reader: number; hours: number }
  | { kind: 'event'; mail: number; event: number };

interface Worker {
  claim?: Claim | undefined;
  result?: { answer: SendResult; error: SdkResult['error'] } | undefined;
}

/** Facts recorded independently of the rules: the first attempt of a batch that Resend may have processed. */
interface FirstAttempt {
  at: Date;
  attempt: number;
  mailable: Set<Reader>;
  issue: IssueStatus;
}

export interface SystemModel {
  ledger: Ledger;
  resend: ResendModel;
  readers: Reader[];
  workers: Worker[];
  firstAttempts: Map<Batch, FirstAttempt>;
  /** Readers who had left or paused at the first attempt of some batch. */
  absent: Set<Reader>;
  /** Further mails, in terms of `describeMail`, made unnecessary by an event of the earlier mail. */
  unnecessary: Set<string>;
  /** Staff sent a mail again out of a batch with an uncertain outcome, so that the batch's bytes have changed. */
  hasSplitBatch: boolean;
  eventsOf: (mail: AcceptedMail) => DeliveryEvent[];
  /** Descriptions of what must never happen and did. */
  violations: string[];
}

export function openSystem({ names, eventLists, refusalsUseKeys }: Plan): SystemModel {
  const readers = names.map((name, index) => ({
    email: `${name}+${index}`,
    has_left: false,
    paused_until: null,
  }));
  return {
    ledger: openLedger(readers, BATCH_SIZE, new Date('2026-11-24T14:00:00Z')),
    resend: openResendModel(refusalsUseKeys),
    readers,
    workers: [{}, {}, {}],
    firstAttempts: new Map(),
    absent: new Set(),
    unnecessary: new Set(),
    hasSplitBatch: false,
    eventsOf: ({ delivery_id, round }) => eventLists[(delivery_id + round) % eventLists.length]!,
    violations: [],
  };
}

export function describeMail({ delivery_id, round }: Pick<AcceptedMail, 'delivery_id' | 'round'>): string {
  return `${delivery_id} in round ${round}`;
}

export function applyStep(system: SystemModel, step: Step): void {
  const { ledger, resend, readers, workers } = system;
  switch (step.kind) {
    case 'work':
      return work(system, workers[step.worker]!, step);
    case 'whole attempt':
      return workOn(system, workers[step.worker]!, step);
    case 'crash':
      workers[step.worker] = {};
      return;
    case 'finish slow calls':
      return resend.finish(ledger.now);
    case 'pause':
      return pause(ledger);
    case 'resume':
      return resume(ledger);
    case 'cancel':
      return cancel(ledger);
    case 'tick':
      return resumeWhenDue(ledger);
    case 'count as sent':
      return countAsSent(ledger);
    case 'send again':
      return decideToSendAgain(system, step.from);
    case 'time passes':
      return advanceClock(system, step.hours);
    case 'leave':
      readers[step.reader % readers.length]!.has_left = true;
      return;
    case 'pause reader':
      readers[step.reader % readers.length]!.paused_until = hoursAfter(ledger.now, step.hours);
      return;
    case 'event':
      return reportEvent(system, resend.mails[step.mail], step.event);
  }
}

/** Resend works again, staff resume paused issues, and every event arrives, the last one first. */
export function runToQuiescence(system: SystemModel): void {
  const { ledger, resend, workers, eventsOf } = system;
  const [worker = {}] = workers;
  const isOpen = () => ledger.issue.status === 'paused' || listDue(ledger).length > 0;
  workers.filter((busy) => busy.claim).forEach((busy) => workOn(system, busy, { batch: 0, fault: 'none' }));
  for (let hours = 0; hours < 200 && isOpen(); hours++) {
    if (!ledger.issue.resume_at) {
      resume(ledger);
    }
    resumeWhenDue(ledger);
    listDue(ledger).forEach(({ id }) => workOn(system, worker, { batch: id - 1, fault: 'none' }));
    advanceClock(system, 1);
  }
  for (const mail of resend.mails.toReversed()) {
    eventsOf(mail)
      .toReversed()
      .forEach((event) => applyEvent(ledger, mail, event));
  }
}

export function listDue({ batches, issue }: Ledger): Batch[] {
  return batches.filter(({ status }) => isSendable(status, issue.status));
}

function workOn(system: SystemModel, worker: Worker, call: Call): void {
  do {
    work(system, worker, call);
  } while (worker.claim);
}

/** Performs one of the three steps of an attempt, so that the steps of several workers can interleave. */
function work(system: SystemModel, worker: Worker, { batch, fault }: Call): void {
  const { batches } = system.ledger;
  if (!worker.claim) {
    worker.claim = begin(system, batches[batch % batches.length]!);
  } else if (!worker.result) {
    worker.result = submit(system, worker.claim, fault);
  } else {
    end(system, worker.claim, worker.result);
    Object.assign(worker, { claim: undefined, result: undefined });
  }
}

function begin({ ledger, readers, firstAttempts, absent }: SystemModel, batch: Batch): Claim | undefined {
  const mailable = new Set(readers.filter((reader) => isMailable(reader, ledger.now)));
  const issue = ledger.issue.status;
  const claimed = claim(ledger, batch);
  if (claimed && !firstAttempts.has(batch)) {
    firstAttempts.set(batch, { at: ledger.now, attempt: batch.attempts, mailable, issue });
    readers.filter((reader) => !mailable.has(reader)).forEach((reader) => absent.add(reader));
  }
  return claimed;
}

/** Models _submit-batch.ts. */
function submit({ ledger, resend }: SystemModel, { key, mails, uncertain_since }: Claim, fault: Fault) {
  if (mails.length === 0) {
    return { answer: { kind: 'accepted', mails: [] } satisfies SendResult, error: null };
  }
  const uncertain_ms = ledger.now.getTime() - uncertain_since.getTime();
  if (isTooOldToRetry(uncertain_ms)) {
    return { answer: tooOld(uncertain_ms), error: null };
  }
  const result = resend.post({ key, mails, fault, now: ledger.now });
  return { answer: parseBatchResponse(result, mails.length), error: result.error };
}

function end(system: SystemModel, attempt: Claim, { answer, error }: NonNullable<Worker['result']>): void {
  const { ledger, firstAttempts, violations } = system;
  const { batch } = attempt;
  const first = firstAttempts.get(batch)!;
  const wasSending = ledger.issue.status === 'sending';
  record(ledger, attempt, answer);
  const isRefusal = [401, 403, 422, 429].includes(error?.statusCode ?? 0);
  if (isRefusal && first.attempt === attempt.attempt && batch.attempts === attempt.attempt) {
    firstAttempts.delete(batch);
  }
  if (
    isRefusal &&
    error?.name !== 'rate_limit_exceeded' &&
    wasSending &&
    !isHalted(ledger, error?.statusCode)
  ) {
    violations.push(`after ${error?.name} the issue is ${JSON.stringify(ledger.issue)}`);
  }
  const hours = (ledger.now.getTime() - first.at.getTime()) / HOUR_MS;
  const isGivenUp = ledger.deliveries.some(
    (delivery) => delivery.batch === batch && delivery.status === 'unknown',
  );
  if (isGivenUp && hours < 23 && !system.hasSplitBatch) {
    violations.push(`given up after ${hours} hours`);
  }
}

/** An exceeded quota resumes by itself within a day; everything else waits for staff. */
function isHalted({ issue, now }: Ledger, statusCode: number | null | undefined): boolean {
  const { status, resume_at } = issue;
  const hasRightResume =
    statusCode === 429
      ? resume_at !== null && resume_at > now && resume_at < hoursAfter(now, 24.1)
      : resume_at === null;
  return status === 'paused' && hasRightResume;
}

function decideToSendAgain(system: SystemModel, from: DeliveryStatus): void {
  const { ledger } = system;
  system.hasSplitBatch ||= ledger.deliveries.some(
    ({ status, batch }) => status === from && batch.status === 'submitting',
  );
  sendAgain(ledger, from);
}

/**
 * An event of an unknown mail that arrives before the next one is sent makes that one unnecessary, unless the mail is known to
 * have failed and the event shows no more than that Resend had accepted it.
 */
function reportEvent(
  { ledger, eventsOf, unnecessary }: SystemModel,
  mail: AcceptedMail | undefined,
  number: number,
): void {
  const event = mail && eventsOf(mail)[number];
  if (event) {
    const { status, round, sent_again_from } = ledger.deliveries[mail.delivery_id - 1]!;
    const isAcceptance = event === 'submitted' || event === 'delayed';
    const showsNothing = event === 'failed' || (mail.has_failed && isAcceptance);
    if (status === 'queued' && sent_again_from.at(-1) === 'unknown' && !showsNothing) {
      unnecessary.add(describeMail({ ...mail, round }));
    }
    applyEvent(ledger, mail, event);
  }
}

/** Slow calls finish first: no call stays in progress for minutes. */
function advanceClock({ ledger, resend }: SystemModel, hours: number): void {
  resend.finish(ledger.now);
  ledger.now = hoursAfter(ledger.now, hours);
}

function hoursAfter(time: Date, hours: number): Date {
  return new Date(time.getTime() + hours * HOUR_MS);
}
