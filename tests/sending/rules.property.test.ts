import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeliveryStatus } from '../../src/schema.ts';
import { isSendable, isTooOldToRetry, TOO_OLD } from '../../src/sending/batch-rules.ts';
import { type DeliveryChange, type DeliveryEvent, nextStatus } from '../../src/sending/delivery-status.ts';
import { type Answer, readBatchAnswer, type SdkResult } from '../../src/sending/read-answer.ts';
import {
  applyEvent,
  type Batch,
  cancel,
  type Claim,
  claim,
  countAsSent,
  type Delivery,
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
import { type AcceptedMail, type Fault, FAULTS, openResendModel, type ResendModel } from './resend-model.ts';

const HOUR_MS = 3_600_000;
const BATCH_SIZE = 2;
const STORIES: DeliveryEvent[][] = [
  ['submitted'],
  ['submitted', 'delivered'],
  ['submitted', 'delayed', 'delivered'],
  ['submitted', 'delayed', 'bounced'],
  ['submitted', 'delivered', 'complained'],
  ['submitted', 'failed'],
  ['suppressed'],
];

/** From first to last, and on a level with one another where either is an end. */
const ORDER: Record<DeliveryStatus, number> = {
  queued: 0,
  submitting: 1,
  unknown: 2,
  submitted: 3,
  delayed: 4,
  delivered: 5,
  failed: 6,
  suppressed: 6,
  bounced: 7,
  complained: 8,
  skipped: 9,
  rejected: 9,
  cancelled: 9,
};

type Step =
  | { kind: 'work' | 'whole attempt'; worker: number; batch: number; fault: Fault }
  | { kind: 'crash'; worker: number }
  | { kind: 'finish slow calls' | 'pause' | 'resume' | 'cancel' | 'tick' | 'count as sent' }
  | { kind: 'send again'; from: DeliveryStatus }
  | { kind: 'time passes'; hours: number }
  | { kind: 'leave'; reader: number }
  | { kind: 'pause reader'; reader: number; hours: number }
  | { kind: 'event'; mail: number; event: number };

interface Worker {
  claim?: Claim | undefined;
  answer?: { read: Answer; error: SdkResult['error'] } | undefined;
}

/** What is true of a batch, known without the rules: since when an attempt may have been processed, and who might get it. */
interface Truth {
  since: Date;
  attempt: number;
  mailable: Set<Reader>;
  issue: Ledger['issue']['status'];
}

interface Plan {
  names: string[];
  stories: DeliveryEvent[][];
  refusalsUseKeys: boolean;
}

interface World {
  ledger: Ledger;
  resend: ResendModel;
  readers: Reader[];
  workers: Worker[];
  truths: Map<Batch, Truth>;
  /** Who had left or paused at the first attempt of some batch. */
  absent: Set<Reader>;
  needless: Set<string>;
  story: (mail: AcceptedMail) => DeliveryEvent[];
  /** Staff sent somebody again out of a batch whose outcome is open: its bytes are not the same any more. */
  hasTornBatch: boolean;
}

test('whatever happens, nobody is mailed twice, nobody who left in time is mailed, and nobody is forgotten', () => {
  fc.assert(
    fc.property(plans(), fc.array(steps(), { maxLength: 60, size: 'max' }), (plan, sequence) => {
      const world = openWorld(plan);
      sequence.forEach((step) => {
        take(world, step);
        expectTruth(world);
      });
      comeToRest(world);
      expectTruth(world);
      world.ledger.deliveries.forEach((delivery) => expectEnd(world, delivery));
    }),
    { numRuns: 3_000 },
  );
});

test('events that come late, twice and out of order end where they would have ended in order', () => {
  const sent = fc.constantFrom(...STORIES).chain((story) =>
    fc.record({
      story: fc.constant(story),
      told: fc
        .shuffledSubarray([...story, ...story], { minLength: story.length })
        .filter((told) => new Set(told).size === new Set(story).size),
      start: fc.constantFrom<DeliveryStatus>('queued', 'submitting', 'unknown', 'submitted'),
      moves: fc.array(fc.constantFrom<DeliveryChange>('submitted', 'lose', 'count as sent')),
      at: fc.nat(12),
    }),
  );
  fc.assert(
    fc.property(sent, ({ story, told, start, moves, at }) => {
      const changes = (told as DeliveryChange[]).toSpliced(at, 0, ...moves);
      expect(changes.reduce(nextStatus, start)).toBe(story.at(-1));
    }),
    { numRuns: 2_000 },
  );
});

function plans(): fc.Arbitrary<Plan> {
  return fc.record({
    names: fc.array(fc.constantFrom('reader', 'reader', 'reader', 'refused'), { minLength: 1, maxLength: 5 }),
    stories: fc.array(fc.constantFrom(...STORIES), { minLength: 1, maxLength: 5 }),
    refusalsUseKeys: fc.boolean(),
  });
}

function openWorld({ names, stories, refusalsUseKeys }: Plan): World {
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
    truths: new Map(),
    absent: new Set(),
    needless: new Set(),
    hasTornBatch: false,
    story: ({ delivery_id, round }) => stories[(delivery_id + round) % stories.length]!,
  };
}

function steps(): fc.Arbitrary<Step> {
  const worker = fc.nat(2);
  const reader = fc.nat(4);
  return fc.oneof(
    {
      weight: 30,
      arbitrary: fc.record({
        kind: fc.constantFrom('work', 'work', 'whole attempt'),
        worker,
        batch: fc.nat(5),
        fault: fc.oneof(fc.constant('none' as const), fc.constantFrom(...FAULTS)),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('time passes'),
        hours: fc.constantFrom(0.1, 1, 11, 22.5, 23, 25),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('event'), mail: fc.nat(9), event: fc.nat(2) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash'), worker }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave'), reader }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('pause reader'), reader, hours: fc.constantFrom(1, 30) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('send again'),
        from: fc.constantFrom<DeliveryStatus>('unknown', 'failed', 'rejected'),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom('finish slow calls', 'pause', 'resume', 'resume', 'tick', 'count as sent'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel') }) },
  ) as fc.Arbitrary<Step>;
}

function take(world: World, step: Step): void {
  const { ledger, resend, readers, workers } = world;
  switch (step.kind) {
    case 'work':
      return work(world, workers[step.worker]!, step);
    case 'whole attempt':
      return workOn(world, workers[step.worker]!, step);
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
      world.hasTornBatch ||= ledger.deliveries.some(
        ({ status, batch }) => status === step.from && batch.status === 'submitting',
      );
      return sendAgain(ledger, step.from);
    case 'time passes':
      return letTimePass(world, step.hours);
    case 'leave':
      readers[step.reader % readers.length]!.has_left = true;
      return;
    case 'pause reader':
      readers[step.reader % readers.length]!.paused_until = new Date(
        ledger.now.getTime() + step.hours * HOUR_MS,
      );
      return;
    case 'event':
      return tell(world, resend.mails[step.mail], step.event);
  }
}

/** A sign of an unknown mail that comes before the further one goes out makes that one needless. */
function tell({ ledger, story, needless }: World, mail: AcceptedMail | undefined, number: number): void {
  const event = mail && story(mail)[number];
  if (event) {
    const { status, round, sent_again_from } = ledger.deliveries[mail.delivery_id - 1]!;
    if (status === 'queued' && sent_again_from.at(-1) === 'unknown') {
      needless.add(nameOf({ ...mail, round }));
    }
    applyEvent(ledger, mail, event);
  }
}

/** No call stays in progress for minutes. */
function letTimePass({ ledger, resend }: World, hours: number): void {
  resend.finish(ledger.now);
  ledger.now = new Date(ledger.now.getTime() + hours * HOUR_MS);
}

function workOn(world: World, worker: Worker, call: { batch: number; fault: Fault }): void {
  do {
    work(world, worker, call);
  } while (worker.claim);
}

/** One of the three steps of an attempt, so that those of several workers come in any order. */
function work(world: World, worker: Worker, { batch: number, fault }: { batch: number; fault: Fault }): void {
  const { ledger } = world;
  if (!worker.claim) {
    const batch = ledger.batches[number % ledger.batches.length]!;
    const issue = ledger.issue.status;
    const mailable = new Set(world.readers.filter((reader) => isMailable(reader, ledger.now)));
    worker.claim = claim(ledger, batch);
    if (worker.claim && !world.truths.has(batch)) {
      world.readers.filter((reader) => !mailable.has(reader)).forEach((reader) => world.absent.add(reader));
      world.truths.set(batch, { since: ledger.now, attempt: batch.attempts, mailable, issue });
    }
  } else if (!worker.answer) {
    worker.answer = submit(world, worker.claim, fault);
  } else {
    finishAttempt(world, worker.claim, worker.answer);
    Object.assign(worker, { claim: undefined, answer: undefined });
  }
}

/** submit-batch.ts */
function submit({ ledger, resend }: World, { key, mails, uncertain_since }: Claim, fault: Fault) {
  if (mails.length === 0) {
    return { read: { kind: 'accepted', mails: [] } as Answer, error: null };
  }
  if (isTooOldToRetry(uncertain_since, ledger.now)) {
    return { read: TOO_OLD, error: null };
  }
  const result = resend.post({ key, mails, fault, now: ledger.now });
  return { read: readBatchAnswer(result, mails.length), error: result.error };
}

function finishAttempt(world: World, attempt: Claim, { read, error }: NonNullable<Worker['answer']>): void {
  const { ledger, truths } = world;
  const { batch } = attempt;
  const truth = truths.get(batch)!;
  const wasSending = ledger.issue.status === 'sending';
  record(ledger, attempt, read);
  const isRefusal = [401, 403, 422, 429].includes(error?.statusCode ?? 0);
  if (isRefusal && truth.attempt === attempt.attempt && batch.attempts === attempt.attempt) {
    truths.delete(batch);
  }
  if (isRefusal && error?.name !== 'rate_limit_exceeded' && wasSending) {
    expectHalt(ledger, error?.statusCode === 429);
  }
  if (ledger.deliveries.some((delivery) => delivery.batch === batch && delivery.status === 'unknown')) {
    const hours = (ledger.now.getTime() - truth.since.getTime()) / HOUR_MS;
    expect(hours >= 23 || world.hasTornBatch, `given up after ${hours} hours`).toBe(true);
  }
}

function expectHalt({ issue, now }: Ledger, isQuota: boolean): void {
  expect(issue.status).toBe('paused');
  if (isQuota) {
    const hours = ((issue.resume_at?.getTime() ?? 0) - now.getTime()) / HOUR_MS;
    expect(hours).toBeGreaterThan(0);
    expect(hours).toBeLessThan(24.1);
  } else {
    expect(issue.resume_at).toBeNull();
  }
}

/** Every mail once, and only to those who might get it when its batch was first tried; no status ever goes back. */
function expectTruth({ ledger, resend, truths, needless }: World): void {
  const rounds = resend.mails.map(nameOf);
  expect(rounds.length, 'somebody was mailed twice').toBe(new Set(rounds).size);
  expect(needless.intersection(new Set(rounds))).toEqual(new Set());
  for (const { key, delivery_id, round } of resend.mails) {
    const { reader, sent_again_from } = ledger.deliveries[delivery_id - 1]!;
    expect(round, 'a round that nobody asked for').toBeLessThanOrEqual(1 + sent_again_from.length);
    const truth = truths.get(ledger.batches[Number(key.split('-')[0]) - 1]!);
    expect(truth?.mailable.has(reader), 'somebody who left was mailed').toBe(true);
    expect(truth?.issue).toBe('sending');
  }
  for (const { from, change, to } of ledger.deliveries.flatMap(({ moves }) => moves)) {
    const mayGoBack = change === 'hand back' || change === 'send again';
    expect(mayGoBack || ORDER[to] >= ORDER[from], `${from} went back to ${to}`).toBe(true);
  }
}

function nameOf({ delivery_id, round }: Pick<AcceptedMail, 'delivery_id' | 'round'>): string {
  return `${delivery_id} in round ${round}`;
}

/** Resend is well again, staff resume what waits for them, and every event arrives, the last one first. */
function comeToRest(world: World): void {
  const { ledger, resend, workers } = world;
  const well = { batch: 0, fault: 'none' as const };
  const listDue = () => ledger.batches.filter(({ status }) => isSendable(status, ledger.issue.status));
  workers.filter((worker) => worker.claim).forEach((worker) => workOn(world, worker, well));
  for (let hours = 0; hours < 200 && (ledger.issue.status === 'paused' || listDue().length > 0); hours++) {
    if (ledger.issue.status === 'paused' && !ledger.issue.resume_at) {
      resume(ledger);
    }
    resumeWhenDue(ledger);
    for (const { id } of listDue()) {
      workOn(world, workers[0]!, { ...well, batch: id - 1 });
    }
    letTimePass(world, 1);
  }
  expect(listDue()).toEqual([]);
  expect(['sent', 'cancelled']).toContain(ledger.issue.status);
  for (const mail of resend.mails.toReversed()) {
    world
      .story(mail)
      .toReversed()
      .forEach((event) => applyEvent(ledger, mail, event));
  }
}

function expectEnd({ ledger, resend, absent, story }: World, delivery: Delivery): void {
  const { id, reader, round, status, resend_id, moves, sent_again_from, batch } = delivery;
  const mail = resend.mails.find((each) => each.delivery_id === id && each.round === round);
  if (mail) {
    expect(status).toBe(story(mail).at(-1));
    expect(resend_id).toBe(mail.id);
    return;
  }
  switch (status) {
    case 'skipped':
      return expect(absent.has(reader)).toBe(true);
    case 'rejected':
      return expect(reader.email).toContain('refused');
    case 'cancelled':
      return expect(ledger.issue.status).toBe('cancelled');
    case 'unknown':
      return expect(moves.at(-1)?.change).toBe('lose');
    case 'queued':
    case 'submitting':
      return expect.fail(`forgotten: ${JSON.stringify(moves)}`);
    default:
      // A sign of an earlier round that came before the further mail went out.
      expect(
        delivery.was_counted_as_sent || sent_again_from.at(-1) === 'unknown' || status === 'complained',
        `${status} without a mail`,
      ).toBe(true);
  }
}
