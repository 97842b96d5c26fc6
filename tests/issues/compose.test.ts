import fc from 'fast-check';
import { expect, test } from 'vitest';
import { composeIssue } from '../../src/issues/compose.ts';
import { hashContent } from '../../src/issues/content-hash.ts';
import { writePreheader, writeSubject } from '../../src/issues/subject.ts';
import { describePick, describePricing, describeSplit, describeVerdict } from '../../src/issues/words.ts';
import { makeComparison, makeTool } from '../support/facts.ts';

const opus = makeTool('Claude 4 Opus', 4, { price_note: '$75 per million output tokens' });
const smol = makeTool('SmolVLM2-2B', 3, { entry_price: 'free' });

test('the subject carries the verdict', () => {
  expect(writeSubject([opus, smol], 3)).toBe('Claude 4 Opus vs SmolVLM2-2B: panel 4–3');
});

test('subject and preheader keep their lengths whatever the names are', () => {
  const name = fc
    .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
    .filter((text) => text.trim() === text);
  fc.assert(
    fc.property(name, name, fc.nat(4), fc.nat(4), fc.nat(4), (a, b, shipA, shipB, more) => {
      const tools = [makeTool(a, shipA), makeTool(b, shipB)] as const;
      const headlines = Array.from({ length: more }, (_, index) => `Tool ${index} vs Tool ${index + 10}`);
      const subject = Array.from(writeSubject(tools, more)).length;
      const preheader = Array.from(writePreheader(tools, describePick(tools), headlines)).length;
      expect(subject).toBeGreaterThanOrEqual(30);
      expect(subject).toBeLessThanOrEqual(60);
      expect(preheader).toBeGreaterThanOrEqual(40);
      expect(preheader).toBeLessThanOrEqual(110);
    }),
    { numRuns: 500 },
  );
});

test('a sole leader with half of the panel is its pick; anything else is too close to call', () => {
  const pick = (shipA: number, shipB: number) => describePick([makeTool('A', shipA), makeTool('B', shipB)]);
  expect(pick(4, 3)).toBe('Panel pick: A');
  expect(pick(1, 2)).toBe('Panel pick: B');
  expect(pick(3, 3)).toBe('Too close to call');
  expect(pick(1, 0)).toBe('Too close to call');
});

test('the verdict is two sentences that name both tools', () => {
  for (const [a, b] of [
    [4, 3],
    [2, 2],
    [0, 4],
    [0, 0],
    [1, 0],
    [3, 3],
  ] as const) {
    const verdict = describeVerdict([makeTool('Ant', a), makeTool('Bee', b, { entry_price: 'free' })]);
    expect(verdict.match(/[.?!](?= |$)/g)).toHaveLength(2);
    expect(verdict).toContain('Ant');
    expect(verdict).toContain('Bee');
    expect(verdict).toContain(`${a} of 4`);
    expect(verdict).toContain(`${b} of 4`);
  }
});

test('the pricing read says what both cost', () => {
  expect(describePricing([opus, smol])).toBe(
    'Claude 4 Opus is paid ($75 per million output tokens); SmolVLM2-2B is free.',
  );
  expect(describePricing([makeTool('A'), makeTool('B')])).toBe('Both are paid.');
});

test('the split says who disagrees with whom', () => {
  expect(describeSplit([makeTool('A', 4), makeTool('B', 0)])).toBe(
    'The reviewers are of one mind on both tools. Everyone ships A. Nobody ships B.',
  );
  expect(describeSplit([makeTool('A', 4), makeTool('B', 3)])).toBe(
    'Everyone ships A. On B, The Founder stands against The Builder, The Skeptic, and The Futurist.',
  );
  expect(describeSplit([makeTool('A', 1), makeTool('B', 0)])).toBe(
    'On A, only The Builder says ship. Nobody ships B.',
  );
});

test('the same facts give the same issue, byte for byte, and its hash does not hang on the order of keys', () => {
  const compose = () =>
    composeIssue({
      week: '2026-W48',
      number: 7,
      comparisons: [makeComparison(opus, smol)],
      community: new Map(),
      recap: null,
    });
  expect(JSON.stringify(compose())).toBe(JSON.stringify(compose()));
  const content = compose();
  const shuffled = Object.fromEntries(Object.entries(content).toReversed()) as unknown as typeof content;
  expect(hashContent(shuffled)).toBe(hashContent(content));
  expect(hashContent({ ...content, subject: 'another' })).not.toBe(hashContent(content));
});
