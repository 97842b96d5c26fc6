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
  comeToRest,
  listDue,
  nameOf,
  openWorld,
  type Plan,
  type Step,
  take,
  type World,
} from './sender-model.ts';

const EVENTS_BY_BEHAVIOUR: DeliveryEvent[][] = [
  ['submitted'],
  ['submitted', 'delivered'],
  ['submitted', 'delayed', 'delivered'],
  ['submitted', 'delayed', 'bounced'],
  ['submitted', 'delivered', 'complained'],
  ['submitted', 'failed'],
  ['suppressed'],
];

/** From first to last; the ends are on a level. */
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

test('whatever happens, nobody is mailed twice, nobody who left in time is mailed, and nobody is forgotten', () => {
  fc.assert(
    fc.property(plans(), fc.array(steps(), { maxLength: 60, size: 'max' }), (plan, sequence) => {
      const world = openWorld(plan);
      for (const step of sequence) {
        take(world, step);
        expect(listWrongs(world)).toEqual([]);
      }
      comeToRest(world);
      expect([...listWrongs(world), ...listWrongEnds(world)]).toEqual([]);
    }),
    { numRuns: 5_000 },
  );
});

test('events that come late, twice and out of order end where they would have ended in order', () => {
  const told = fc.constantFrom(...EVENTS_BY_BEHAVIOUR).chain((story) =>
    fc.record({
      story: fc.constant(story),
      events: fc
        .shuffledSubarray([...story, ...story], { minLength: story.length })
        .filter((events) => new Set(events).size === story.length),
      start: fc.constantFrom<DeliveryStatus>('queued', 'submitting', 'unknown', 'submitted'),
      moves: fc.array(fc.constantFrom<DeliveryChange>('submitted', 'lose', 'count as sent')),
      at: fc.nat(12),
    }),
  );
  fc.assert(
    fc.property(told, ({ story, events, start, moves, at }) => {
      const changes: DeliveryChange[] = events;
      expect(changes.toSpliced(at, 0, ...moves).reduce(nextStatus, start)).toBe(story.at(-1));
    }),
    { numRuns: 2_000 },
  );
});

function plans(): fc.Arbitrary<Plan> {
  return fc.record({
    names: fc.array(fc.constantFrom('reader', 'reader', 'reader', 'refused'), { minLength: 1, maxLength: 5 }),
    stories: fc.array(fc.constantFrom(...EVENTS_BY_BEHAVIOUR), { minLength: 1, maxLength: 5 }),
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

/** What must not be at any time. */
function listWrongs({ ledger, resend, firstAttempts, needless, wrongs }: World): string[] {
  const found = [...wrongs];
  const names = resend.mails.map(nameOf);
  found.push(
    ...names.filter((name, index) => names.indexOf(name) < index).map((name) => `${name}: mailed twice`),
  );
  found.push(
    ...names.filter((name) => needless.has(name)).map((name) => `${name}: mailed in spite of a sign`),
  );
  for (const mail of resend.mails) {
    const { reader, sent_again_from } = ledger.deliveries[mail.delivery_id - 1]!;
    const first = firstAttempts.get(ledger.batches[Number(mail.key.split('-')[0]) - 1]!);
    if (mail.round > 1 + sent_again_from.length) {
      found.push(`${nameOf(mail)}: nobody decided to send again`);
    }
    if (!first?.mailable.has(reader)) {
      found.push(`${nameOf(mail)}: had left before the first attempt`);
    }
    if (first?.issue !== 'sending') {
      found.push(`${nameOf(mail)}: the issue was ${first?.issue}`);
    }
  }
  for (const { from, change, to } of ledger.deliveries.flatMap(({ moves }) => moves)) {
    if (ORDER[to] < ORDER[from] && change !== 'hand back' && change !== 'send again') {
      found.push(`${change}: from ${from} back to ${to}`);
    }
  }
  return found;
}

/** What must not be once everything has come to rest. */
function listWrongEnds(world: World): string[] {
  const { ledger } = world;
  const isOver = listDue(ledger).length === 0 && ['sent', 'cancelled'].includes(ledger.issue.status);
  return [
    ...(isOver ? [] : [`the issue is ${ledger.issue.status}`]),
    ...ledger.deliveries
      .filter((delivery) => !isRightEnd(world, delivery))
      .map(({ id, status, moves }) => `${id} ended as ${status} after ${JSON.stringify(moves)}`),
  ];
}

function isRightEnd({ ledger, resend, absent, storyOf }: World, delivery: Delivery): boolean {
  const { id, reader, round, status, resend_id, moves, sent_again_from, was_counted_as_sent } = delivery;
  const mail = resend.mails.find((each) => each.delivery_id === id && each.round === round);
  if (mail) {
    return status === storyOf(mail).at(-1) && resend_id === mail.id;
  }
  switch (status) {
    case 'skipped':
      return absent.has(reader);
    case 'rejected':
      return reader.email.startsWith('refused');
    case 'cancelled':
      return ledger.issue.status === 'cancelled';
    case 'unknown':
      return moves.at(-1)?.change === 'lose';
    case 'queued':
    case 'submitting':
      return false;
    // Known from staff, or by a sign of an earlier mail that came before the further one went out.
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
