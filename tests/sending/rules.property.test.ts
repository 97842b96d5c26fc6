import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeliveryStatus } from '../../src/database/schema.ts';
import {
  type DeliveryChange,
  type DeliveryEvent,
  nextStatus,
} from '../../src/sending/rules/delivery-status.ts';
import type { Delivery } from './ledger-model.ts';
import { FAULTS } from './resend-model.ts';
import {
  runToQuiescence,
  listDue,
  describeMail,
  openSystem,
  type Plan,
  type Step,
  applyStep,
  type SystemModel,
} from './sender-model.ts';

const EVENT_LISTS: DeliveryEvent[][] = [
  ['submitted'],
  ['submitted', 'delivered'],
  ['submitted', 'delayed', 'delivered'],
  ['submitted', 'delayed', 'bounced'],
  ['submitted', 'delivered', 'complained'],
  ['submitted', 'failed'],
  ['suppressed'],
];

/** The order in which statuses may follow each other. */
const ORDER: readonly (readonly DeliveryStatus[])[] = [
  ['queued'],
  ['submitting'],
  ['unknown'],
  ['submitted'],
  ['delayed'],
  ['delivered'],
  ['failed', 'suppressed'],
  ['bounced'],
  ['complained'],
  ['skipped', 'rejected', 'cancelled'],
];

const rankOf = (status: DeliveryStatus) => ORDER.findIndex((statuses) => statuses.includes(status));

test('under any sequence of faults and decisions nobody is mailed twice, mailed after leaving in time, or missed', () => {
  fc.assert(
    fc.property(plans(), fc.array(steps(), { maxLength: 60, size: 'max' }), (plan, sequence) => {
      const system = openSystem(plan);
      for (const step of sequence) {
        applyStep(system, step);
        expect(findViolations(system)).toEqual([]);
      }
      runToQuiescence(system);
      expect([...findViolations(system), ...findFinalViolations(system)]).toEqual([]);
    }),
    { numRuns: 5_000 },
  );
});

test('events that arrive late, twice and out of order lead to the same final status as in order', () => {
  const arrivals = fc.constantFrom(...EVENT_LISTS).chain((inOrder) =>
    fc.record({
      inOrder: fc.constant(inOrder),
      events: fc
        .shuffledSubarray([...inOrder, ...inOrder], { minLength: inOrder.length })
        .filter((events) => new Set(events).size === inOrder.length),
      start: fc.constantFrom<DeliveryStatus>('queued', 'submitting', 'unknown', 'submitted'),
      moves: fc.array(fc.constantFrom<DeliveryChange>('submitted', 'mark unknown', 'count as sent')),
      at: fc.nat(12),
    }),
  );
  fc.assert(
    fc.property(arrivals, ({ inOrder, events, start, moves, at }) => {
      const changes: DeliveryChange[] = events;
      expect(changes.toSpliced(at, 0, ...moves).reduce(nextStatus, start)).toBe(inOrder.at(-1));
    }),
    { numRuns: 2_000 },
  );
});

function plans(): fc.Arbitrary<Plan> {
  return fc.record({
    names: fc.array(fc.constantFrom('reader', 'reader', 'reader', 'refused'), { minLength: 1, maxLength: 5 }),
    eventLists: fc.array(fc.constantFrom(...EVENT_LISTS), { minLength: 1, maxLength: 5 }),
    refusalsUseKeys: fc.boolean(),
  });
}

function steps(): fc.Arbitrary<Step> {
  const worker = fc.nat(2);
  const reader = fc.nat(4);
  const batch = fc.nat(5);
  const fault = fc.oneof(fc.constant('none' as const), fc.constantFrom(...FAULTS));
  const anyOf = <Kind extends string>(...kinds: Kind[]) => fc.constantFrom(...kinds);
  const weighted: [number, fc.Arbitrary<Step>][] = [
    [20, fc.record({ kind: anyOf('work'), worker, batch, fault })],
    [10, fc.record({ kind: anyOf('whole attempt'), worker, batch, fault })],
    [2, fc.record({ kind: anyOf('crash'), worker })],
    [2, fc.record({ kind: anyOf('finish slow calls') })],
    [4, fc.record({ kind: anyOf('time passes'), hours: fc.constantFrom(0.1, 1, 11, 22.5, 23, 25, 25) })],
    [8, fc.record({ kind: anyOf('event'), mail: fc.nat(4), event: fc.nat(2) })],
    [2, fc.record({ kind: anyOf('leave'), reader })],
    [1, fc.record({ kind: anyOf('pause reader'), reader, hours: fc.constantFrom(1, 30) })],
    [
      4,
      fc.record({ kind: anyOf('send again'), from: anyOf<DeliveryStatus>('unknown', 'failed', 'rejected') }),
    ],
    [4, fc.record({ kind: anyOf('pause', 'resume', 'resume', 'tick', 'count as sent') })],
    [1, fc.record({ kind: anyOf('cancel') })],
  ];
  return fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** Violations of what must hold at any time. */
function findViolations({ ledger, resend, firstAttempts, unnecessary, violations }: SystemModel): string[] {
  const found = [...violations];
  const names = resend.mails.map(describeMail);
  found.push(
    ...names.filter((name, index) => names.indexOf(name) < index).map((name) => `${name}: mailed twice`),
  );
  found.push(
    ...names
      .filter((name) => unnecessary.has(name))
      .map((name) => `${name}: mailed although an event had made it unnecessary`),
  );
  for (const mail of resend.mails) {
    const { reader, sent_again_from } = ledger.deliveries[mail.delivery_id - 1]!;
    const first = firstAttempts.get(ledger.batches[Number(mail.key.split('-')[0]) - 1]!);
    if (mail.round > 1 + sent_again_from.length) {
      found.push(`${describeMail(mail)}: nobody decided to send again`);
    }
    if (!first?.mailable.has(reader)) {
      found.push(`${describeMail(mail)}: the reader had left before the first attempt`);
    }
    if (first?.issue !== 'sending') {
      found.push(`${describeMail(mail)}: the issue was ${first?.issue}`);
    }
  }
  for (const { from, change, to, isOfEarlierMail } of ledger.deliveries.flatMap(({ moves }) => moves)) {
    // The earlier mail arrived although the next one was not sent.
    const isEarlierMail = isOfEarlierMail && (from === 'skipped' || from === 'rejected');
    if (rankOf(to) < rankOf(from) && change !== 'release' && change !== 'send again' && !isEarlierMail) {
      found.push(`${change}: from ${from} back to ${to}`);
    }
  }
  return found;
}

/** Violations of what must hold once nothing is left to do. */
function findFinalViolations(system: SystemModel): string[] {
  const { ledger } = system;
  const isFinished = listDue(ledger).length === 0 && ['sent', 'cancelled'].includes(ledger.issue.status);
  return [
    ...(isFinished ? [] : [`the issue is ${ledger.issue.status}`]),
    ...ledger.deliveries
      .filter((delivery) => !isValidEnd(system, delivery))
      .map(({ id, status, moves }) => `${id} ended as ${status} after ${JSON.stringify(moves)}`),
  ];
}

function isValidEnd({ ledger, resend, absent, eventsOf }: SystemModel, delivery: Delivery): boolean {
  const { id, reader, round, status, resend_id, moves, sent_again_from, was_counted_as_sent } = delivery;
  const mail = resend.mails.find((each) => each.delivery_id === id && each.round === round);
  if (mail) {
    return status === eventsOf(mail).at(-1) && resend_id === mail.id;
  }
  switch (status) {
    case 'skipped':
      return absent.has(reader);
    case 'rejected':
      return reader.email.startsWith('refused');
    case 'cancelled':
      return ledger.issue.status === 'cancelled';
    case 'unknown':
      return moves.at(-1)?.change === 'mark unknown';
    case 'queued':
    case 'submitting':
      return false;
    // Set by staff, or by an event of an earlier mail that arrived before the next one was sent.
    case 'delivered':
    case 'complained':
      return was_counted_as_sent || sent_again_from.length > 0;
    case 'submitted':
    case 'delayed':
    case 'bounced':
    case 'suppressed':
    case 'failed':
      return was_counted_as_sent || sent_again_from.at(-1) === 'unknown';
  }
}
