import { expect, test } from 'vitest';
import { sampleContent } from '../../emails/_parts/content/sample.ts';
import { checkIssue } from '../../src/issues/check/check-issue.ts';
import { readConfig } from '../../src/config/config.ts';
import { renderIssue } from '../../src/issues/render/render.tsx';
import { drawPanelImage } from '../../src/issues/results/draw-share-image.tsx';
import { listUndrawable } from '../../src/issues/results/picture-fonts.ts';

/** A character of a plane in which Unicode has assigned nothing: no font has it. */
const UNKNOWN = '\u{6FFF0}';
const frame = { panelLabel: 'AI panel', publicUrl: 'https://verdicts.example.net' };

function named(name: string) {
  const [one, other] = sampleContent.lead.tools;
  return { ...sampleContent.lead, tools: [{ ...one, name }, other] as typeof sampleContent.lead.tools };
}

test('a character that no font has is found; Latin, Greek and Cyrillic letters are drawn', () => {
  expect(listUndrawable(`Kimi${UNKNOWN} Ünïcode Ελλάδα Привет – “x” €`)).toEqual([UNKNOWN]);
});

test('a picture shows the slug of a name that it cannot draw, and says that it is not complete', async () => {
  const undrawable = await drawPanelImage(named(`Kimi ${UNKNOWN}`), frame);
  const slug = await drawPanelImage(named(sampleContent.lead.tools[0].slug), frame);
  expect([undrawable.is_complete, slug.is_complete]).toEqual([false, true]);
  expect(undrawable.png.equals(slug.png)).toBe(true);
});

test('the checks say which names pictures cannot show', async () => {
  const content = { ...sampleContent, lead: named(`Kimi ${UNKNOWN}`) };
  const rendering = await renderIssue(content, readConfig({}));
  const findings = await checkIssue(content, rendering);
  expect(findings.filter(({ check }) => check === 'pictures')).toEqual([
    expect.objectContaining({
      what: expect.stringContaining(UNKNOWN),
      fix: expect.stringContaining('install a font'),
    }),
  ]);
});
