import { expect, test } from 'vitest';
import { validateContent } from '../../src/comparisons/validate/validate-content.ts';
import { AppError } from '../../src/errors.ts';
import { type ExampleContent, exampleContent } from './example-content.ts';

const EMPTY_DATABASE = { reviewers: [], tools: [] };

type Loose = Record<'reviewers' | 'tools' | 'comparisons', Record<string, unknown>[]>;

test('a valid document has no problems', () => {
  expect(problemsOf(() => undefined)).toEqual([]);
});

test.each<[string, string, (content: ExampleContent) => void]>([
  [
    'reviewers[0].name',
    'has 61 characters; shorten it to 60',
    (c) => (c.reviewers[0]!.name = 'x'.repeat(61)),
  ],
  [
    'reviewers[1].lens',
    'has 81 characters; shorten it to 80',
    (c) => (c.reviewers[1]!.lens = 'x'.repeat(81)),
  ],
  ['tools[0].name', 'has 61 characters; shorten it to 60', (c) => (c.tools[0]!.name = 'x'.repeat(61))],
  [
    'tools[0].category',
    'has 41 characters; shorten it to 40',
    (c) => (c.tools[0]!.category = 'x'.repeat(41)),
  ],
  [
    'tools[0].tagline',
    'has 121 characters; shorten it to 120',
    (c) => (c.tools[0]!.tagline = 'x'.repeat(121)),
  ],
  [
    'tools[0].description',
    'has 1001 characters; shorten it to 1000',
    (c) => (c.tools[0]!.description = 'x'.repeat(1001)),
  ],
  [
    'tools[0].priceNote',
    'has 81 characters; shorten it to 80',
    (c) => (c.tools[0]!.priceNote = 'x'.repeat(81)),
  ],
  [
    'tools[1].reviews[2].quote',
    'has 1201 characters; shorten it to 1200',
    (c) => (c.tools[1]!.reviews[2]!.quote = 'x'.repeat(1201)),
  ],
  [
    'comparisons[0].question',
    'has 121 characters; shorten it to 120',
    (c) => (c.comparisons[0]!.question = 'x'.repeat(121)),
  ],
  ['tools[0].reviews[1].quote', 'is empty', (c) => (c.tools[0]!.reviews[1]!.quote = '')],
  ['tools[0].reviews[1].quote', 'is empty', (c) => (c.tools[0]!.reviews[1]!.quote = ' \n ')],
])('the limit of %s is enforced: %s', (place, problem, change) => {
  expect(problemsOf(change)).toEqual([expect.stringContaining(`${place}: ${problem}`)]);
});

test('texts of exactly the maximum length are accepted, and an emoji is one character', () => {
  expect(
    problemsOf((content) => {
      content.tools[0]!.name = '🚀'.repeat(60);
      content.tools[0]!.reviews[0]!.quote = '🚀'.repeat(1200);
    }),
  ).toEqual([]);
});

test.each([
  ['U+0000', 'a\u0000b'],
  ['U+000A', 'a\nb'],
  ['U+0085', 'a\u0085b'],
  ['U+D800', 'a\ud800b'],
  ['U+E000', 'a\ue000b'],
  ['U+F8FF', 'a\uf8ffb'],
  ['U+2028', 'a\u2028b'],
  ['U+2029', 'a\u2029b'],
  ['U+202E', 'a\u202eb'],
  ['U+2066', 'a\u2066b'],
  ['U+200F', 'a\u200fb'],
  ['U+061C', 'a\u061cb'],
  ['U+3164', 'a\u3164b'],
  ['U+2800', 'a\u2800b'],
  ['U+115F', 'a\u115fb'],
])('a text with the character %s is refused', (name, text) => {
  expect(problemsOf((content) => (content.tools[0]!.tagline = text))).toEqual([
    `tools[0].tagline: contains the character ${name} at position 2; remove it`,
  ]);
});

test.each([
  '\u200B',
  '\u200C\u200D',
  '\u2060 \u2060',
  '\uFEFF',
  '\u00AD\u00AD',
  '\uFE0F',
  '\u{E0020}',
  '\u0301',
])('a text of nothing but %j is refused, in every field', (text) => {
  const problems = problemsOf((content) => {
    const [tool] = content.tools;
    tool!.name = text;
    tool!.tagline = text;
    tool!.reviews[0]!.quote = text;
  });
  expect(problems).toEqual([
    expect.stringMatching(/^tools\[0\]\.name: (has nothing that anybody can see|is empty)/),
    expect.stringMatching(/^tools\[0\]\.tagline: (has nothing that anybody can see|is empty)/),
    expect.stringMatching(/^tools\[0\]\.reviews\[0\]\.quote: (has nothing that anybody can see|is empty)/),
  ]);
});

test.each(['می‌خواهم', '👩‍💻', 'ภาษา\u200Bไทย', 'שלום', 'Å'])('a text like %s is accepted', (text) => {
  expect(problemsOf((content) => (content.tools[0]!.tagline = text))).toEqual([]);
});

test.each(['2026-02-30', '2026-13-01', '17.11.2026', '2026-11-17T00:00:00Z', '0000-01-01'])(
  'the day %s is refused',
  (day) => {
    expect(
      problemsOf((content) => {
        content.tools[0]!.reviewedOn = day;
        content.tools[1]!.priceCheckedOn = day;
      }),
    ).toEqual([
      expect.stringContaining('tools[0].reviewedOn: is not a valid date'),
      expect.stringContaining('tools[1].priceCheckedOn: is not a valid date'),
    ]);
  },
);

test('a price cannot have been checked in the future', () => {
  expect(problemsOf((content) => (content.tools[0]!.priceCheckedOn = '2999-01-01'))).toEqual([
    expect.stringContaining('tools[0].priceCheckedOn: is in the future'),
  ]);
});

test('a review dated in the future must say when the price was checked', () => {
  const problems = problemsOf((content) => {
    content.tools[0]!.reviewedOn = '2999-01-01';
    delete content.tools[0]!.priceCheckedOn;
  });
  expect(problems).toEqual([
    expect.stringContaining('tools[0].priceCheckedOn: is missing; reviewedOn is in the future'),
  ]);
});

test('a review may be dated in the future if the price was checked before', () => {
  const problems = problemsOf((content) => {
    content.tools[0]!.reviewedOn = '2999-01-01';
    content.tools[0]!.priceCheckedOn = '2026-11-16';
  });
  expect(problems).toEqual([]);
});

test.each(['2026-11-18', '2026-11-18T09:00:00', '2026-02-30T09:00:00Z', '2026-11-18T25:00:00Z', 'soon'])(
  'the instant %s is refused',
  (instant) => {
    expect(problemsOf((content) => (content.comparisons[0]!.publishedAt = instant))).toEqual([
      expect.stringContaining('comparisons[0].publishedAt: is not a valid point in time'),
    ]);
  },
);

test.each(['2026-11-18T10:00:00+01:00', '2026-11-18T09:00Z', '2026-11-18T09:00:00.000Z'])(
  'the timestamp %s is read with its time zone',
  (timestamp) => {
    const content = validateContent(
      exampleContent((content) => (content.comparisons[0]!.publishedAt = timestamp)),
      EMPTY_DATABASE,
    );
    expect(content.comparisons[0]?.published_at).toEqual(new Date('2026-11-18T09:00:00Z'));
  },
);

test.each(['', 'Acme', 'acme writer', 'acme_writer', '-acme', 'é', 'x'.repeat(101)])(
  'the slug "%s" is refused',
  (slug) => {
    expect(problemsOf((content) => content.reviewers.push({ slug, name: 'New', lens: 'New' }))).toEqual([
      expect.stringContaining('reviewers[4].slug: is not a slug'),
    ]);
  },
);

test('values outside a list of choices are refused with the list', () => {
  expect(
    problemsOf((content) => {
      content.tools[0]!.entryPrice = 'cheap' as 'free';
      content.tools[0]!.reviews[0]!.verdict = 'Ship' as 'ship';
    }),
  ).toEqual([
    'tools[0].entryPrice: must be one of free, freemium, trial, paid, contact',
    'tools[0].reviews[0].verdict: must be one of ship, skip',
  ]);
});

test('each unknown field is listed, at any depth', () => {
  expect(
    problemsOf((content) => {
      const loose = content as unknown as Loose & Record<string, unknown>;
      loose.tool = [];
      loose.tools[0]!.tagLine = 'x';
      loose.tools[1]!['price note'] = 'x';
      Object.defineProperty(loose.reviewers[0]!, '__proto__', { value: 1, enumerable: true });
    }),
  ).toEqual([
    'reviewers[0].__proto__: is not a field of this format; rename or remove it',
    'tools[0].tagLine: is not a field of this format; rename or remove it',
    'tools[1]."price note": is not a field of this format; rename or remove it',
    'tool: is not a field of this format; rename or remove it',
  ]);
});

test('missing fields and wrong types are reported differently', () => {
  expect(
    problemsOf((content) => {
      const loose = content as unknown as Loose;
      delete loose.tools[0]!.name;
      loose.tools[1]!.name = 7;
      loose.tools[1]!.reviews = {};
      loose.comparisons[0] = null as never;
    }),
  ).toEqual([
    'tools[0].name: is missing; add it',
    'tools[1].name: must be text in quotation marks',
    'tools[1].reviews: must be a list in square brackets',
    'comparisons[0]: must be an object in curly brackets',
  ]);
});

test('a tool without a list of reviews is refused, so that its reviews are not removed by mistake', () => {
  expect(problemsOf((content) => delete (content as unknown as Loose).tools[0]!.reviews)).toEqual([
    'tools[0].reviews: is missing; add it',
  ]);
});

test('duplicate slugs are refused', () => {
  expect(
    problemsOf((content) => {
      content.reviewers.push(content.reviewers[0]!);
      content.tools.push(content.tools[1]!);
      content.comparisons.push(content.comparisons[0]!);
    }),
  ).toEqual([
    expect.stringContaining('reviewers[4].slug: is also the slug of reviewers[0]'),
    expect.stringContaining('tools[2].slug: is also the slug of tools[1]'),
    expect.stringContaining('comparisons[1].slug: is also the slug of comparisons[0]'),
  ]);
});

test('a tool reviewed twice by one reviewer is refused', () => {
  expect(problemsOf((content) => (content.tools[0]!.reviews[3]!.reviewer = 'maker'))).toEqual([
    expect.stringContaining('tools[0].reviews[3].reviewer: already reviewed this tool in reviews[0]'),
  ]);
});

test('unknown reviewers and tools are refused', () => {
  expect(
    problemsOf((content) => {
      content.tools[1]!.reviews[0]!.reviewer = 'ghost';
      content.comparisons[0]!.tools[1] = 'phantom';
    }),
  ).toEqual([
    expect.stringContaining('tools[1].reviews[0].reviewer: no reviewer has the slug ghost'),
    expect.stringContaining('comparisons[0].tools[1]: no tool has the slug phantom'),
  ]);
});

test('a file may refer to reviewers and tools that are only in the database', () => {
  const { tools, comparisons } = exampleContent();
  const reviewers = ['maker', 'doubter', 'dreamer', 'seller'];
  expect(() => validateContent({ tools }, { reviewers, tools: [] })).not.toThrow();
  expect(() =>
    validateContent({ comparisons }, { reviewers: [], tools: ['acme-writer', 'notely'] }),
  ).not.toThrow();
});

test('a comparison of a tool with itself or of three tools is refused', () => {
  expect(problemsOf((content) => (content.comparisons[0]!.tools = ['notely', 'notely']))).toEqual([
    'comparisons[0].tools: compares a tool with itself; name two different tools',
  ]);
  expect(problemsOf((content) => content.comparisons[0]!.tools.push('notely'))).toContain(
    'comparisons[0].tools: must name exactly two tools by their slugs',
  );
});

test('every problem of fields and references is listed, however many there are', () => {
  const problems = problemsOf((content) => {
    content.tools[0]!.name = '';
    content.comparisons[0]!.tools[0] = 'phantom';
    content.comparisons.push(
      ...Array.from({ length: 100 }, (_, index) => ({
        slug: `pair-${index}`,
        tools: ['notely', 'acme-writer'],
        question: '',
        publishedAt: 'soon',
      })),
    );
  });
  expect(problems).toHaveLength(202);
  expect(problems).toContain('tools[0].name: is empty; add some text');
  expect(problems).toContain('comparisons[100].question: is empty; add some text');
});

test.each([
  ['tools', { tools: Array(100_001).fill(0) }],
  ['reviews', { tools: [{ reviews: Array(100_000).fill(0) }] }],
])('more %s than a 10 MB file can plausibly contain are refused with a single problem', (_, document) => {
  expect(() => validateContent(document, EMPTY_DATABASE)).toThrow(
    expect.objectContaining({ problems: [expect.stringContaining('the file: has 100001 entries')] }),
  );
});

function problemsOf(change: (content: ExampleContent) => unknown): readonly string[] {
  try {
    validateContent(exampleContent(change), EMPTY_DATABASE);
    return [];
  } catch (error) {
    return error instanceof AppError && error.code === 'invalid_input' ? error.problems : [String(error)];
  }
}
