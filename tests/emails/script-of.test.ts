import { expect, test } from 'vitest';
import { scriptOf } from '../../emails/_parts/text/script-of.ts';
import { readConfig } from '../../src/config/config.ts';
import { composeIssue } from '../../src/issues/write/compose.ts';
import { renderIssue } from '../../src/issues/render/render.tsx';
import { makeComparison, makeTool } from '../support/facts.ts';

test.each([
  ['Plain English with one عربي', {}],
  ['أداة الكتابة الذكية', { lang: 'ar', dir: 'rtl' }],
  ['כלי הכתיבה החכם', { lang: 'he', dir: 'rtl' }],
  ['東京リーダーは速い', { lang: 'ja', dir: 'ltr' }],
  ['智谱清言写作助手', { lang: 'zh', dir: 'ltr' }],
  ['빠른 글쓰기 도구', { lang: 'ko', dir: 'ltr' }],
  ['123 €', {}],
])('%s gets the language attributes %j', (text, expected) => {
  expect(scriptOf(text)).toEqual(expected);
});

test('text in another script is marked with its language and direction', async () => {
  const arabic = 'تجيب عن أصعب الأسئلة';
  const tool = makeTool('Qalam', 2, {});
  for (const review of tool.reviews) {
    review.quote = arabic;
  }
  const content = composeIssue({
    votes_until: 'Monday 30 November, 05:00 (UTC)',
    week: '2026-W48',
    number: 1,
    comparisons: [makeComparison(tool, makeTool('Plain'))],
    community: new Map(),
    recap: null,
  });
  const { html } = await renderIssue(content, readConfig({}));
  expect(html).toContain(`“<span lang="ar" dir="rtl">${arabic}</span>”`);
});
