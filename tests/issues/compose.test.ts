import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleContent } from '../../emails/_parts/content/sample.ts';
import { firstSentences } from '../../emails/_parts/text/first-sentences.ts';
import { describeWidestGap } from '../../src/issues/write/recap.ts';
import { composeComparison, composeIssue } from '../../src/issues/write/compose.ts';
import { hashContent } from '../../src/issues/record/content-hash.ts';
import { listPreheaders, listSubjects } from '../../src/issues/write/subject.ts';
import { describeVerdict, describeVerdicts } from '../../src/issues/write/_verdict.ts';
import { describePick, describePricing, describeSplit } from '../../src/issues/write/_phrases.ts';
import { makeComparison, makeTool } from '../support/facts.ts';

const opus = makeTool('Claude 4 Opus', 4, { price_note: '$75 per million output tokens' });
const smol = makeTool('SmolVLM2-2B', 3, { entry_price: 'free' });

const subjectsOf = (week: string) =>
  listSubjects({ week, lead: [opus, smol], headlines: ['A vs B', 'C vs D', 'E vs F'] });

test('every subject contains the verdict; the best one is not shortened and never repeats two weeks in a row', () => {
  const weeks = Array.from({ length: 8 }, (_, index) => subjectsOf(`2026-W4${index}`));
  for (const subjects of weeks) {
    expect(subjects.length).toBeGreaterThanOrEqual(4);
    expect(subjects.every(({ text }) => /4–3|All 4|\b4, .+\b3\b/.test(text))).toBe(true);
    expect(subjects[0]?.text).toMatch(/^(?!.*…).*Claude 4 Opus/);
    expect(subjects.map(({ points }) => points)).toEqual(
      subjects.map(({ points }) => points).toSorted((a, b) => b - a),
    );
  }
  const best = weeks.map(([first]) => first?.text);
  expect(best.filter((text, index) => text === best[index - 1])).toEqual([]);
  expect(new Set(best).size).toBeGreaterThanOrEqual(3);
  expect(subjectsOf('2026-W48')).toEqual(subjectsOf('2026-W48'));
});

test('a right-to-left name, cut or not, ends with a mark, so that a score after it is not shown backwards', () => {
  const name = 'مقارن النصوص العربية الطويلة جدا';
  const [left, right] = [makeTool('Left', 4), makeTool(name, 3)];
  const composed = composeComparison(makeComparison(left, right), new Map());
  const marked = composed.tools[1].name;
  expect(composed.tools.map((tool) => tool.name)).toEqual(['Left', `${name}\u200E`]);
  const lines = { week: '2026-W48', lead: [left, { ...right, name: marked }] as const, headlines: [] };
  const texts = [
    composed.verdict,
    composed.headline,
    composed.pricing_read,
    ...[...listSubjects(lines), ...listPreheaders(lines)].map(({ text }) => text),
  ];
  for (const text of texts) {
    expect(text).not.toMatch(/\p{Script=Arabic}[^\p{L}\u200E]*(?:\d|$)/u);
  }
  expect(texts.join(' ')).toContain('…\u200E');
});

test('a tie is called one, and only the panel’s pick beats the other tool', () => {
  const texts = (a: number, b: number) =>
    listSubjects({ week: '2026-W48', lead: [makeTool('Left', a), makeTool('Right', b)], headlines: [] })
      .map(({ text }) => text)
      .join('\n');
  expect(texts(2, 2)).toContain('Left and Right tie, 2–2');
  expect(texts(1, 3)).toContain('Right beats Left, 3–1');
  expect(texts(0, 1)).not.toContain('beats');
});

test('subject and preheader stay within their length limits for any tool names', () => {
  const name = fc
    .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
    .filter((text) => text.trim() === text);
  fc.assert(
    fc.property(name, name, fc.nat(4), fc.nat(4), fc.nat(4), (a, b, shipA, shipB, more) => {
      const tools = [makeTool(a, shipA), makeTool(b, shipB)] as const;
      const headlines = Array.from({ length: more }, (_, index) => `Tool ${index} vs Tool ${index + 10}`);
      const lines = { week: '2026-W48', lead: tools, headlines };
      const [subjects, preheaders] = [listSubjects(lines), listPreheaders(lines)];
      expect(subjects.length).toBeGreaterThan(0);
      expect(preheaders.length).toBeGreaterThan(0);
      for (const { text } of subjects) {
        expect(Array.from(text).length).toBeGreaterThanOrEqual(30);
        expect(Array.from(text).length).toBeLessThanOrEqual(60);
      }
      for (const { text } of preheaders) {
        expect(Array.from(text).length).toBeGreaterThanOrEqual(40);
        expect(Array.from(text).length).toBeLessThanOrEqual(110);
      }
    }),
    { numRuns: 500 },
  );
});

test('a sole leader with at least half of the panel is its pick; anything else is a tie or no pick', () => {
  const pick = (shipA: number, shipB: number) => describePick([makeTool('A', shipA), makeTool('B', shipB)]);
  expect(pick(4, 3)).toBe('Panel pick: A');
  expect(pick(1, 2)).toBe('Panel pick: B');
  expect(pick(3, 3)).toBe('Panel tied');
  expect(pick(1, 1)).toBe('No panel pick');
  expect(pick(1, 0)).toBe('No panel pick');
});

test('panels of different sizes are compared by their shares', () => {
  const ten = (ship: number) => {
    const { reviews } = makeTool('Ant', 4);
    const all = [...reviews, ...reviews, ...reviews.slice(0, 2)];
    return makeTool('Ant', 0, {
      reviews: all.map((review, index) => ({ ...review, verdict: index < ship ? 'ship' : 'skip' })),
    });
  };
  const four = (ship: number) => makeTool('Bee', ship);
  expect(describePick([ten(5), four(4)])).toBe('Panel pick: Bee');
  expect(describePick([ten(5), four(2)])).toBe('Panel tied');
  const subjects = (a: number, b: number) =>
    listSubjects({ week: '2026-W48', lead: [ten(a), four(b)], headlines: [] }).map(({ text }) => text);
  expect(subjects(5, 4).join()).toContain('Bee beats Ant, 4 of 4 to 5 of 10');
  expect(subjects(6, 2).join()).not.toContain('comfortably');
  expect(subjects(5, 2).join()).toContain('tie, 5 of 10 to 2 of 4');
});

test('a tool that nobody has reviewed does not tie with another', () => {
  const nobody = makeTool('Ant', 0, { reviews: [] });
  for (const pair of [
    [nobody, makeTool('Bee', 3)],
    [makeTool('Bee', 3), nobody],
    [nobody, makeTool('Bee', 0)],
    [nobody, makeTool('Bee', 0, { reviews: [] })],
  ] as const) {
    expect(describePick(pair)).toBe('No panel pick');
    const said = [
      describeSplit(pair),
      describeVerdict(pair),
      ...listSubjects({ week: '2026-W48', lead: pair, headlines: [] }).map(({ text }) => text),
      ...listPreheaders({ week: '2026-W48', lead: pair, headlines: [] }).map(({ text }) => text),
    ].join('\n');
    expect(said).not.toMatch(/0 of 0|all 0|Everyone would ship (?:both|Ant)|0–0|passes on both/i);
    expect(describeVerdict(pair)).toContain('Nobody has reviewed Ant');
  }
});

test('two reviewers are not “all 2 reviewers”, and prices of which nothing is known are not called the same', () => {
  const panel = (name: string, ship: number) => {
    const tool = makeTool(name, ship, { entry_price: 'paid' });
    return { ...tool, reviews: tool.reviews.slice(0, 2) };
  };
  for (const pair of [
    [panel('Ant', 2), panel('Bee', 2)],
    [panel('Ant', 2), panel('Bee', 0)],
    [panel('Ant', 0), panel('Bee', 0)],
  ] as const) {
    const texts = Array.from({ length: 40 }, (_, number) =>
      describeVerdicts([pair], `2026-W${String(number + 10)}`).join(' '),
    );
    expect(texts.join('\n')).not.toMatch(/all 2\b|price (?:won’t|is no help|isn’t|doesn’t)/i);
    expect(
      listSubjects({ week: '2026-W48', lead: pair, headlines: [] })
        .map(({ text }) => text)
        .join(),
    ).not.toMatch(/all 2\b/i);
  }
});

test('a panel of one is not called “all 1 reviewers”', () => {
  const alone = (name: string, ship: number) => {
    const tool = makeTool(name, ship);
    return { ...tool, reviews: tool.reviews.slice(0, 1) };
  };
  for (const [a, b] of [
    [1, 0],
    [1, 1],
    [0, 0],
  ] as const) {
    for (const week of WEEKS) {
      const [verdict] = describeVerdicts([[alone('Ant', a), alone('Bee', b)]], week);
      expect(verdict).not.toMatch(/1 reviewers|all 1/i);
    }
  }
});

const SCORES = [
  [4, 3],
  [4, 0],
  [3, 2],
  [3, 1],
  [2, 2],
  [0, 4],
  [0, 0],
  [1, 0],
  [1, 1],
  [3, 3],
] as const;

const WEEKS = [
  '2026-W50',
  '2026-W51',
  '2026-W52',
  '2026-W53',
  '2027-W01',
  '2027-W02',
  '2027-W03',
  '2027-W04',
];
const sentencesOf = (verdict: string) => verdict.split(/(?<=\.) /);

test('every wording of the verdict is two sentences that name both tools and their scores', () => {
  for (const [a, b] of SCORES) {
    for (const price of ['free', 'paid'] as const) {
      const pair = [makeTool('Ant', a), makeTool('Bee', b, { entry_price: price })] as const;
      const verdicts = WEEKS.flatMap((week) => describeVerdicts([pair, pair, pair, pair, pair], week));
      for (const verdict of [...verdicts, describeVerdict(pair)]) {
        expect(verdict.match(/[.?!](?= |$)/g), verdict).toHaveLength(2);
        for (const part of ['Ant', 'Bee']) {
          expect(verdict).toContain(part);
        }
        // “Nobody” and “would skip” can stand for a score of 0.
        for (const score of [a, b]) {
          expect(verdict).toMatch(new RegExp(`\\b${score}\\b${score === 0 ? '|[Nn]obody|would skip' : ''}`));
        }
        expect(verdict).toMatch(/^[A-Z0-9]/);
        expect(verdict).not.toMatch(/[{}]/);
      }
    }
  }
});

test.each(SCORES)('the wording for %i to %i differs in eight consecutive weeks', (a, b) => {
  const pair = [makeTool('Ant', a), makeTool('Bee', b, { entry_price: 'free' })] as const;
  const verdicts = WEEKS.map((week) => describeVerdicts([pair], week)[0] ?? '');
  expect(new Set(verdicts).size).toBe(8);
  for (const [index, verdict] of verdicts.entries()) {
    const before = sentencesOf(verdicts[index - 1] ?? '');
    expect(before).not.toContain(sentencesOf(verdict)[0]);
    expect(before).not.toContain(sentencesOf(verdict)[1]);
  }
});

test('within an issue no sentence repeats while an unused one is left, and the deciding reason varies', () => {
  const pair = [makeTool('Ant', 3), makeTool('Bee', 1, { entry_price: 'free' })] as const;
  for (const week of WEEKS) {
    const sentences = describeVerdicts([pair, pair, pair, pair], week).map(sentencesOf);
    expect(new Set(sentences.map(([result]) => result)).size).toBe(4);
    expect(new Set(sentences.map(([, decider]) => decider)).size).toBe(4);
    const isAboutPrice = sentences.map(([, decider = '']) => /paid|pay|free|cost/.test(decider));
    expect(isAboutPrice.filter(Boolean)).toHaveLength(2);
  }
});

test('two prices are called the same only when they are equal', () => {
  const verdictOf = (a: string | null, b: string | null, price: 'paid' | 'free' = 'paid') =>
    WEEKS.map(
      (week) =>
        describeVerdicts(
          [
            [
              makeTool('Ant', 4, { entry_price: price, price_note: a }),
              makeTool('Bee', 4, { entry_price: price, price_note: b }),
            ],
          ],
          week,
        )[0],
    ).join(' ');
  expect(verdictOf('$5 a seat', '$500 a seat')).not.toContain('neither has');
  expect(verdictOf('$5 a seat', '$500 a seat')).toContain('Ant has no free plan ($5 a seat)');
  expect(verdictOf(null, null).toLowerCase()).toContain('neither has a free plan');
  expect(verdictOf('for ever', null, 'free').toLowerCase()).toContain('both are free');
});

test('the pricing sentence says what both tools cost', () => {
  expect(describePricing([opus, smol])).toBe(
    'Claude 4 Opus has no free plan ($75 per million output tokens), SmolVLM2-2B is free.',
  );
  expect(describePricing([makeTool('A'), makeTool('B')])).toBe('Neither has a free plan.');
});

test('the split says who would ship each tool, and who would not', () => {
  const splitOf = (a: number, b: number) => describeSplit([makeTool('A', a), makeTool('B', b)]);
  expect(splitOf(4, 0)).toBe('Everyone would ship A. Nobody would ship B.');
  expect(splitOf(4, 3)).toBe('Everyone would ship A. Everyone but The Founder would ship B.');
  expect(splitOf(1, 2)).toBe(
    'Only The Builder would ship A. The Builder and The Skeptic would ship B; The Futurist and The Founder wouldn’t.',
  );
});

test('the same facts give the same issue, byte for byte, and its hash does not depend on the order of keys', () => {
  const compose = () =>
    composeIssue({
      votes_until: 'Monday 30 November, 05:00 (UTC)',
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

test('a quote in a script without spaces is cut where the room ends, not at its first space', () => {
  const chinese = `我用 Claude，${'写作测试'.repeat(60)}。`;
  expect(firstSentences(chinese, 170).length).toBeGreaterThan(60);
  expect(firstSentences(`GPT：${'写作测试'.repeat(60)}`, 170).length).toBeGreaterThan(60);
  const url = 'https://docs.example.com/reports/latency-2027-11-benchmarks-of-everything';
  expect(
    firstSentences(`${'It is fast and small, and '.repeat(5)}see ${url} ${'x '.repeat(60)}`, 170),
  ).not.toContain('http');
  expect(firstSentences(`${'It is fast and small, and '.repeat(12)}so on`, 170)).toMatch(/ \w+…$/);
});

test('readers and the panel do not disagree where they say the same', () => {
  const tools = sampleContent.lead.tools;
  const [tool] = tools;
  expect(describeWidestGap(tools, (slug) => (slug === tool.slug ? tool.panel.percent + 4 : undefined))).toBe(
    null,
  );
  expect(
    describeWidestGap(tools, (slug) => (slug === tool.slug ? tool.panel.percent - 5 : undefined)),
  ).toContain(`disagree most on ${tool.name}`);
});
