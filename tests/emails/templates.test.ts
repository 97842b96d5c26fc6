import { readFileSync } from 'node:fs';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { render } from '@react-email/render';
import { createElement, type FunctionComponent } from 'react';
import { expect, test } from 'vitest';
import type { Letter } from '../../emails/_parts/letter/letter.ts';
import WeeklyIssue from '../../emails/weekly-issue.tsx';
import { weeklyIssueText } from '../../emails/_parts/issue/weekly-issue-text.ts';
import { checkLetter } from '../../src/issues/check/check-issue.ts';
import { cleanHtml } from '../../src/issues/render/_clean-html.ts';
import { renderLetter } from '../../src/issues/render/render-letter.tsx';

const { HTMLHint } = createRequire(import.meta.url)('htmlhint') as {
  HTMLHint: { verify: (html: string) => { message: string }[] };
};
const FOLDER = fileURLToPath(new URL('../../emails', import.meta.url));
const NAMES = readdirSync(FOLDER).flatMap((file) => (file.endsWith('.tsx') ? [file.slice(0, -4)] : []));
const LETTERS = NAMES.filter((name) => name !== 'weekly-issue');
const PUBLIC_URL = 'http://localhost:3000';

interface Template {
  component: FunctionComponent & { PreviewProps: object };
  letter: Letter;
}

/** A template file exports the component for the preview, and the letter under its own name. */
async function load(name: string): Promise<Template> {
  const module = (await import(`../../emails/${name}.tsx`)) as Record<string, unknown>;
  const component = module.default as Template['component'];
  const write = module[name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())] as (
    props: object,
  ) => Letter;
  return { component, letter: write(component.PreviewProps) };
}

test('every expected mail template exists', () => {
  expect(NAMES.toSorted()).toEqual([
    'address-changed',
    'already-in',
    'confirmation',
    'goodbye',
    'monthly-digest',
    'new-address',
    'reminder',
    'sign-in-link',
    'staff-notice',
    'still-want-this',
    'weekly-issue',
    'welcome',
  ]);
});

test.each(LETTERS)('%s passes every check of a mail', async (name) => {
  const { letter } = await load(name);
  expect(await checkLetter(letter, PUBLIC_URL)).toEqual([]);
});

test.each(LETTERS)('HTMLHint finds nothing in %s, and its preview is identical to the mail', async (name) => {
  const { component, letter } = await load(name);
  const { html } = await renderLetter(letter);
  expect(HTMLHint.verify(html).map(({ message }) => message)).toEqual([]);
  expect(cleanHtml(await render(createElement(component, component.PreviewProps)))).toBe(html);
});

// The golden files were reviewed by a person; review every change of one.
test.each(LETTERS)('%s matches its reviewed golden files', async (name) => {
  const { html, text } = await renderLetter((await load(name)).letter);
  await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
  await expect(onLines(html)).toMatchFileSnapshot(`golden/${name}.html`);
});

const WHOLE = WeeklyIssue.PreviewProps;
const PART = { ...WHOLE.content, more: WHOLE.content.more.slice(0, 1), left_out: 3 };

test.each([
  ['weekly-issue', WHOLE],
  // What a reader with categories may get.
  ['weekly-issue-part', { ...WHOLE, content: PART }],
])('%s matches its reviewed golden files', async (name, props) => {
  await expect(weeklyIssueText(props)).toMatchFileSnapshot(`golden/${name}.txt`);
  const html = cleanHtml(await render(createElement(WeeklyIssue, props)));
  await expect(onLines(html)).toMatchFileSnapshot(`golden/${name}.html`);
});

test('no line of a text part except URLs is longer than 72 columns', async () => {
  for (const name of LETTERS) {
    const { text } = await renderLetter((await load(name)).letter);
    expect(text.split('\n').filter((line) => line.length > 72 && !line.startsWith('http'))).toEqual([]);
  }
});

/** One element per line, so that a diff shows what changed. */
function onLines(html: string): string {
  return `${html.replaceAll(/>(?=<)/g, '>\n')}\n`;
}

test.each([...LETTERS, 'weekly-issue'])(
  'the first element inside the body of %s has language and direction',
  (name) => {
    const html = readFileSync(new URL(`golden/${name}.html`, import.meta.url), 'utf8');
    expect(html).toMatch(/<body[^>]*>\s*<div[^>]* lang="en" dir="ltr"/);
  },
);
