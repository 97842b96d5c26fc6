import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { sampleContent } from '../../emails/_parts/content/sample.ts';
import { readConfig } from '../../src/config/config.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { checkIssue } from '../../src/issues/check/check-issue.ts';
import { describeFinding } from '../../src/issues/finding/finding.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { editIssue } from '../../src/issues/edit/edit.ts';
import { holdIssue } from '../../src/issues/decide/hold.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { PLACEHOLDERS, type Rendering, renderIssue } from '../../src/issues/render/render.tsx';
import { seedContent } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

const config = readConfig({ PUBLIC_URL: 'https://verdicts.example.net' });
const rendering = await renderIssue(sampleContent, config);
const WEEK = '2026-W48';

async function findingsOf(change: (rendering: Rendering) => Partial<Rendering>, content = {}) {
  const findings = await checkIssue({ ...sampleContent, ...content }, { ...rendering, ...change(rendering) });
  return findings.map(describeFinding);
}

/** Inserts markup before the mail's first h2. */
const adding = (markup: string) => (unchanged: Rendering) => ({
  html: unchanged.html.replace(/<h2/, `${markup}<h2`),
});

test('the unchanged mail passes every check', async () => {
  expect(await findingsOf(() => ({}))).toEqual([]);
});

test('HTMLHint finds nothing either', () => {
  const { HTMLHint } = createRequire(import.meta.url)('htmlhint') as {
    HTMLHint: { verify: (html: string) => unknown[] };
  };
  expect(HTMLHint.verify('<p>')).not.toEqual([]);
  expect(HTMLHint.verify(rendering.html)).toEqual([]);
});

test.each<[string, (unchanged: Rendering) => Partial<Rendering>, RegExp]>([
  [
    'a link to another site',
    ({ html }) => ({
      html: html.replaceAll('verdicts.example.net/issues', 'verdicts.example.net.evil.example/'),
    }),
    /^links: .* points outside https:\/\/verdicts\.example\.net;/,
  ],
  [
    'an address in a link',
    ({ html, text }) => ({
      html: html.replace('/issues"', '/issues?to=a@b.example"'),
      text: text.replace('/issues\n', '/issues?to=a@b.example\n'),
    }),
    /^links: .* seems to contain an e-mail address/,
  ],
  [
    'a link without a URL',
    ({ html }) => ({ html: html.replace(/href="[^"]*"/, 'href="somewhere"') }),
    /is not a URL/,
  ],
  [
    'a link that is missing from the text part',
    ({ text }) => ({ text: text.replaceAll(PLACEHOLDERS.unsubscribe, 'gone') }),
    /^text: lacks the link .*unsubscribe/,
  ],
  [
    'no way to unsubscribe',
    ({ html, text }) => ({
      html: html.replaceAll(PLACEHOLDERS.unsubscribe, 'x'),
      text: text.replaceAll(PLACEHOLDERS.unsubscribe, 'x'),
    }),
    /^links: the unsubscribe link is missing/,
  ],
  [
    'two links with the same text',
    ({ html }) => ({ html: html.replace('</span> Skip Harborlight<', '</span> Ship Harborlight<') }),
    /^links: “Ship Harborlight” links to several URLs/,
  ],
  [
    'a number that is missing from the text part',
    ({ text }) => ({ text: text.replaceAll('3', 'three') }),
    /^text: lacks the number 3/,
  ],
  ['a mail that Gmail clips', adding(`<p>${'word '.repeat(8_000)}</p>`), /^html: \d+ bytes; at most 60000/],
  [
    'a mail that is clipped after encoding',
    adding(`<p>${'ö '.repeat(9_000)}</p>`),
    /^html: \d+ bytes once encoded/,
  ],
  [
    'an image whose alt text is a file name',
    adding('<img src="https://verdicts.example.net/a.png" alt="chart-final2.png">'),
    /^images: the alt text of .*a\.png is “chart-final2\.png”/,
  ],
  [
    'an image with an empty alt text',
    ({ html }) => ({
      html: html.replace('</h1>', '</h1><img src="https://verdicts.example.net/a.png" alt="">'),
    }),
    /^images: .*a\.png has no alt text/,
  ],
  [
    'a body that reads like an advertisement',
    adding('<p>Buy now!! Act now. Limited time!!</p>'),
    /^words: .* treat as advertising in “/,
  ],
  [
    'an image without an alt attribute',
    adding('<img src="https://verdicts.example.net/a.png">'),
    /^structure: .*\(wcag\/h37\)/,
  ],
  ['an unclosed element', adding('<section><p>x</section>'), /^structure: /],
  [
    'pale text in the light color scheme',
    adding('<p style="color:#bbbbbb;background-color:#ffffff">pale words</p>'),
    /^contrast: #bbbbbb on #ffffff has a contrast of 1\.9:1 in the light colours in “pale words”; at least 4\.5/,
  ],
  [
    'dark text in the dark color scheme',
    ({ html }) => ({
      html: html.replaceAll('.d-quiet{color:#aeb5c0!important}', '.d-quiet{color:#333333!important}'),
    }),
    /^contrast: #333333 on .* in the dark colours/,
  ],
  [
    'a feature that clients do not support',
    adding('<p style="display:grid">x</p>'),
    /^clients: display:grid is not supported by /,
  ],
  [
    'a sender without a name',
    ({ envelope }) => ({ envelope: { ...envelope, from: 'a@b.example' } }),
    /^headers: the sender has no name/,
  ],
  [
    'an unsubscribe URL without TLS',
    ({ envelope, html, text }) => ({
      envelope: { ...envelope, public_url: 'http://verdicts.example.net' },
      html: html.replaceAll('https:', 'http:'),
      text: text.replaceAll('https:', 'http:'),
    }),
    /^headers: List-Unsubscribe is not an https URL/,
  ],
  [
    'a line break in a header',
    ({ envelope }) => ({ envelope: { ...envelope, list_id: 'a\nBcc: b@c.example' } }),
    /^headers: list_id contains a line break/,
  ],
])('%s is found, and the finding says how to fix it', async (_, change, expected) => {
  const findings = await findingsOf(change);
  expect(findings.join('\n')).toMatch(new RegExp(expected.source, 'm'));
  expect(findings.every((finding) => finding.includes('; '))).toBe(true);
});

test.each([
  ['subject', 'Short', /^subject: has 5 characters; use 30 to 60/],
  ['subject', 'ACT NOW: the BEST TOOLS EVER COMPARED!!', /^subject: has exclamation marks in a row/],
  ['subject', 'Buy now: two tools that beat all others', /^subject: has an advertising phrase in “Buy now”/],
  ['subject', 'THESE TOOLS WILL change your working week', /^subject: is in capitals/],
  [
    'subject',
    'For {{first_name}}: two tools, and no winner',
    /^subject: has a placeholder, .* “{{first_name}}”/,
  ],
  [
    'introduction',
    'Hello *|FNAME|*, this is the week.',
    /^introduction: has a placeholder, .* “\*\|FNAME\|\*”/,
  ],
  ['introduction', 'Dear %recipient.name%, and 5 % of you', /^introduction: has a placeholder/],
  ['preheader', 'Too short.', /^preheader: has 10 characters; use 40 to 110/],
])('an unsuitable %s is found: %s', async (field, text, expected) => {
  const findings = await findingsOf(() => ({}), { [field]: text });
  expect(findings.join('\n')).toMatch(new RegExp(expected.source, 'm'));
});

test('findings block an approval unless staff give a reason, which is stored with it', async () => {
  const { context } = await createTestApp();
  await seedContent(context.db);
  await draftIssue(context, WEEK);
  const { content } = await getIssue(context.db, WEEK);
  await context.db
    .updateTable('issues')
    .set({ content: JSON.stringify({ ...content, subject: 'Short' }) })
    .execute();
  await expect(approveIssue(context, WEEK, 'test')).rejects.toMatchObject({
    code: 'refused',
    problems: [expect.stringMatching(/^subject: has 5 characters/)],
  });
  expect((await getIssue(context.db, WEEK)).status).toBe('draft');
  await approveIssue(context, WEEK, 'test', { despite: 'An April fool.' });
  expect(await getIssue(context.db, WEEK)).toMatchObject({
    status: 'approved',
    approved_despite: expect.stringMatching(/^An April fool\.\nsubject: has 5 characters/),
  });
});

test('staff can change subject and preheader until approval, not after', async () => {
  const { context } = await createTestApp();
  await seedContent(context.db);
  await draftIssue(context, WEEK);
  const before = await getIssue(context.db, WEEK);
  expect(before.choice.subjects?.[0]?.text).toBe(before.content.subject);
  const subject = 'A subject that staff wrote by themselves';
  await editIssue(context, WEEK, { subject: ` ${subject} ` });
  const after = await getIssue(context.db, WEEK);
  expect(after.content).toEqual({ ...before.content, subject });
  expect(after.content_hash).not.toBe(before.content_hash);
  expect(after.edits).toEqual({ subject: { text: subject, generated: before.content.subject } });
  await editIssue(context, WEEK, { subject: ' ' });
  expect(await getIssue(context.db, WEEK)).toMatchObject({ content: before.content, edits: {} });
  await expect(editIssue(context, WEEK, {})).rejects.toMatchObject({ code: 'invalid_input' });
  await holdIssue(context, WEEK, 'a look');
  await editIssue(context, WEEK, { preheader: 'Short' });
  await approveIssue(context, WEEK, 'test', { despite: 'It is meant to be.' });
  expect(await getIssue(context.db, WEEK)).toMatchObject({ status: 'approved', status_reason: null });
  await expect(editIssue(context, WEEK, { subject })).rejects.toMatchObject({ code: 'refused' });
});
