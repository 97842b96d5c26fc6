import { Parser } from 'htmlparser2';
import { expect, test } from 'vitest';
import { sampleContent } from '../../emails/_parts/content/sample.ts';
import { readConfig } from '../../src/config/config.ts';
import { cleanHtml } from '../../src/issues/render/_clean-html.ts';
import { composeIssue } from '../../src/issues/write/compose.ts';
import { checkIssue } from '../../src/issues/check/check-issue.ts';
import { PLACEHOLDERS, renderIssue } from '../../src/issues/render/render.tsx';
import { deriveLinkKeys, verifySubscriberToken, verifyVoteToken } from '../../src/links/tokens.ts';
import { copyFor, buildTemplate } from '../../src/sending/personalize/personal-copy.ts';
import type { Verdict } from '../../src/database/schema.ts';
import { makeComparison, makeTool } from '../support/facts.ts';
import { worstCaseContent } from '../support/worst-case-content.ts';

const config = readConfig({ PUBLIC_URL: 'https://verdicts.example.net' });
const keys = deriveLinkKeys(config.linkSecrets);

test('the mail has the expected document structure', async () => {
  const { html } = await renderIssue(sampleContent, config);
  expect(html).toMatch(/^<!DOCTYPE html><html dir="ltr" lang="en">/);
  expect(html).toContain(`<title>${sampleContent.subject}</title>`);
  expect(html).toContain('role="article"');
  expect(html.match(/<h1/g)).toHaveLength(1);
  expect(html).toContain('<!--[if mso]><table role="presentation" align="center" width="640"');
  expect(html).not.toMatch(/<!--(?!\[if mso\])|cellPadding|<template|<img/);
  expect(textOf(html)).toContain(sampleContent.preheader);
  const tables = html.match(/<table[^>]*>/g) ?? [];
  const dataTables = tables.filter((table) => !table.includes('role="presentation"'));
  expect(dataTables).toHaveLength(1);
});

test('headings skip no level', async () => {
  const { html } = await renderIssue(sampleContent, config);
  const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
  levels.forEach((level, index) => expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1));
});

test('the panel label appears beside every figure and quote, and disappears when set to empty', async () => {
  const labelled = await renderIssue(sampleContent, config);
  const { lead, more } = sampleContent;
  expect(textOf(labelled.html).match(/The \w+ on \w+ · AI panel/g)).toHaveLength(lead.quotes!.length);
  expect(textOf(labelled.html)).toContain('AI panel pick: Harborlight');
  expect(textOf(labelled.html)).toContain('AI panel: would they ship it?');
  for (const { verdict } of more) {
    expect(textOf(labelled.html)).toContain(`AI panel: ${verdict}`);
  }
  const unlabelled = await renderIssue(sampleContent, readConfig({ AI_PANEL_LABEL: '' }));
  expect(unlabelled.html + unlabelled.text).not.toContain('AI panel');
  // Both parts say the same.
  expect(textOf(unlabelled.html)).toContain('Panel pick: Harborlight');
  expect(unlabelled.text).toContain('Panel pick: Harborlight');
});

test('the list is of the sender’s domain, also where the sender’s name contains an address', async () => {
  const { envelope } = await renderIssue(
    sampleContent,
    readConfig({ MAIL_FROM: '"verdicts@acme.example.com" <verdicts@acme.example.net>' }),
  );
  expect(envelope.list_id).toMatch(/ <weekly-verdicts\.acme\.example\.net>$/);
  expect(envelope.feedback_id).toContain(':acme.example.net:');
});

test.each([
  ['one byte', 'abcdefghij'],
  ['two bytes', 'абвгдежзий'],
  ['three bytes', '一二三四五六七八九十'],
])('the longest allowed content, in letters of %s, stays within the limits', async (_, letters) => {
  const content = worstCaseContent(999, letters);
  const rendering = await renderIssue(content, config);
  // Which fonts are available depends on the machine.
  const findings = await checkIssue(content, rendering);
  expect(findings.filter(({ check }) => check !== 'pictures')).toEqual([]);
  expect(Buffer.byteLength(rendering.html)).toBeLessThan(45_000);
  expect(new Set(rendering.html.match(/href="[^"]*"/g)).size).toBeLessThanOrEqual(40);
});

test('markup in a quote is shown as text', async () => {
  const tool = makeTool('Sly');
  tool.reviews[0]!.quote = '<script>alert("x")</script> & <b>bold</b> is what it prints.';
  const content = composeIssue({
    votes_until: 'Monday 30 November, 05:00 (UTC)',
    week: '2026-W48',
    number: 1,
    comparisons: [makeComparison(tool, makeTool('Other'))],
    community: new Map(),
    recap: null,
  });
  const { html } = await renderIssue(content, config);
  expect(html).not.toContain('<script');
  expect(html).not.toContain('<b>bold');
  expect(textOf(html)).toContain('<script>alert("x")</script> & <b>bold</b>');
});

test('a reader’s copy is the rendering with their tokens, in both parts and in the headers', async () => {
  const rendering = await renderIssue(sampleContent, config);
  const template = buildTemplate(rendering, [], keys, keys.newest);
  const reader = { issue_id: 3, subscriber_id: 41, own_votes: new Map() };
  const copy = copyFor(template, reader);
  expect(copy.html + copy.text).not.toMatch(/[\uE000-\uF8FF]/);
  const [, voteToken = ''] = /\/v\/([^/]+)\/harborlight\/ship"/.exec(copy.html) ?? [];
  expect(verifyVoteToken(keys, voteToken)).toEqual({ issue_id: 3, subscriber_id: 41 });
  expect(copy.text).toContain(`\nhttps://verdicts.example.net/v/${voteToken}/harborlight/skip\n`);
  const [, token = ''] =
    /^<https:\/\/verdicts\.example\.net\/unsubscribe\/(.*)>$/.exec(copy.headers['List-Unsubscribe'] ?? '') ??
    [];
  expect(verifySubscriberToken(keys, 'unsubscribe', token)).toBe(41);
  expect(copy.headers).toMatchObject({
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'List-Id': 'Weekly AI Tool Verdicts <weekly-verdicts.weekly-verdicts.local>',
    Precedence: 'bulk',
    'X-Auto-Response-Suppress': 'OOF, AutoReply',
  });
  expect(copy.headers['Feedback-ID']).not.toContain('41');
  expect(copyFor(template, reader)).toEqual(copy);
  expect(copyFor(template, { ...reader, subscriber_id: 42 }).html).not.toBe(copy.html);
});

test('each reader’s copy of the same rendering shows their own votes of last week', async () => {
  const template = buildTemplate(await renderIssue(sampleContent, config), [], keys, keys.newest);
  const copyOf = (own_votes: [string, Verdict][]) =>
    copyFor(template, { issue_id: 3, subscriber_id: 41, own_votes: new Map(own_votes) });
  expect(template.recap_week).toBe('2026-W46');
  const voter = copyOf([
    ['larkspool', 'skip'],
    ['copperline', 'ship'],
  ]);
  for (const part of [textOf(voter.html), voter.text]) {
    expect(part).toContain('You said Skip; 39% agreed');
    expect(part).toContain('You said Ship; 48% agreed');
  }
  const other = copyOf([]);
  expect(other.html + other.text).not.toMatch(/You said|[\uE000-\uF8FF]/);
  expect(JSON.stringify(other)).toHaveLength(JSON.stringify(voter).length);
});

test('every tool has a Ship and a Skip link', async () => {
  const { html } = await renderIssue(sampleContent, config);
  const tools = [sampleContent.lead, ...sampleContent.more].flatMap((comparison) => comparison.tools);
  for (const tool of tools) {
    for (const choice of ['ship', 'skip']) {
      expect(html).toContain(
        `href="https://verdicts.example.net/v/${PLACEHOLDERS.vote}/${tool.slug}/${choice}"`,
      );
    }
  }
});

test('cleaning removes React’s marker comments and keeps conditional comments', () => {
  expect(
    cleanHtml(
      '<!DOCTYPE html PUBLIC "x"><!--$--><p cellPadding="0">a<!-- -->b</p><!--/$--><!--[if mso]>w<![endif]-->',
    ),
  ).toBe('<!DOCTYPE html><p cellpadding="0">ab</p><!--[if mso]>w<![endif]-->');
});

function textOf(html: string): string {
  const parts: string[] = [];
  const parser = new Parser({ ontext: (text) => parts.push(text) });
  parser.end(html);
  return parts.join('');
}
