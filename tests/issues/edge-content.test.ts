import { expect, test } from 'vitest';
import { columnsOf } from '../../emails/_parts/text/columns.ts';
import { sampleContent } from '../../emails/_parts/content/sample.ts';
import { readConfig } from '../../src/config/config.ts';
import type { ComparisonFacts } from '../../src/comparisons/show/facts.ts';
import { checkIssue } from '../../src/issues/check/check-issue.ts';
import { composeIssue } from '../../src/issues/write/compose.ts';
import { renderIssue } from '../../src/issues/render/render.tsx';
import { makeComparison, makeTool } from '../support/facts.ts';

const config = readConfig({ PUBLIC_URL: 'https://verdicts.example.net' });
const pair = (a: string, b: string, ships: [number, number] = [3, 2]) =>
  makeComparison(makeTool(a, ships[0]), makeTool(b, ships[1]));

/** Quotes and texts that look like markup, or that break lines in odd places. */
function hostileComparison(): ComparisonFacts {
  const words = `<b>"bold" & 'brave'</b>  <!-- no --> <script>alert(1)</script>\u00A0—\u2028&amp;&nbsp;]]> 100% of $1,000`;
  const tool = makeTool('Rubbish', 2, {
    description: words,
    tagline: words.slice(0, 60),
    price_note: '<i>5</i> & up',
  });
  for (const review of tool.reviews) {
    review.quote = `${words}. ${words}.`;
  }
  return makeComparison(tool, makeTool('Plain', 2));
}

const PICTURE = { alt: 'a smiling face', light: `${'0'.repeat(32)}.png`, dark: null };

/** Long URLs, which no line break divides, begin lines of the text part. */
function linkingComparison(): ComparisonFacts {
  const tools = [makeTool('Linked', 3), makeTool('Other', 1)] as const;
  for (const { reviews } of tools) {
    for (const review of reviews) {
      review.quote =
        'See the report at https://docs.example.com/reports/latency-2027-11-benchmarks and they hold.';
    }
  }
  return makeComparison(...tools);
}

test.each<[string, ComparisonFacts[]]>([
  [
    'unbroken names of 60 characters',
    [pair('W'.repeat(60), 'i'.repeat(60)), pair('X'.repeat(60), 'Y'.repeat(60))],
  ],
  ['nobody ships one tool, everybody the other', [pair('Nil', 'Four', [0, 4])]],
  ['four to nil', [pair('Four', 'Nil', [4, 0])]],
  ['a tie at zero', [pair('Nothing', 'Nought', [0, 0])]],
  ['a tie at everything', [pair('All', 'Every', [4, 4])]],
  [
    'prices on request only',
    [
      makeComparison(
        makeTool('One', 3, { entry_price: 'contact' }),
        makeTool('Two', 1, { entry_price: 'contact' }),
      ),
    ],
  ],
  ['Chinese and Japanese names', [pair('智谱清言写作助手', '東京リーダー')]],
  ['Arabic and Hebrew names', [pair('أداة الكتابة الذكية', 'כלי הכתיבה החכם')]],
  ['emoji names', [pair('🚀 Rocket 👩‍👩‍👧', '🦉🦉🦉')]],
  ['markup in every text', [hostileComparison()]],
  [
    'prices that are ranges',
    [
      makeComparison(
        makeTool('Qwen 2.5–7B', 3, { entry_price: 'paid', price_note: '$4.99–9.99 a month' }),
        makeTool('Other', 1, { entry_price: 'paid', price_note: '$1,200–2,400 or 10–12% a year' }),
      ),
    ],
  ],
  ['a URL with numbers in every quote', [linkingComparison()]],
  ['names in capitals', [pair('DBRX', 'BLOOM')]],
  [
    'an emoji as a name, with a picture',
    [makeComparison({ ...makeTool('🤗', 3), picture: PICTURE }, makeTool('Other', 1))],
  ],
  ['a single comparison', [pair('Alone', 'Together')]],
  [
    'eight comparisons',
    ['ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn', 'op'].map(([a = '', b = '']) =>
      pair(`Tool ${a}`, `Tool ${b}`),
    ),
  ],
])('%s: the mail passes every check', async (_, comparisons) => {
  for (const recap of [null, sampleContent.recap]) {
    const content = composeIssue({
      votes_until: 'Monday 30 November, 05:00 (UTC)',
      week: '2026-W48',
      number: 7,
      comparisons,
      community: new Map(),
      recap,
    });
    const rendering = await renderIssue(content, config);
    // Which fonts are available depends on the machine.
    const findings = await checkIssue(content, rendering);
    expect(findings.filter(({ check }) => check !== 'pictures')).toEqual([]);
    const lines = rendering.text.replaceAll(/\uE000[^\uE001]*\uE001/g, '').split('\n');
    // Only unbreakable text on its own line may be longer.
    expect(lines.filter((line) => columnsOf(line) > 72 && /\s/.test(line.trim()))).toEqual([]);
  }
});
