import { expect, test } from 'vitest';
import { getIssue } from '../../src/issues/record/issue.ts';
import { exampleContent } from '../comparisons/example-content.ts';
import { expectNoFault } from '../support/axe.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { createDraftedIssue } from '../support/drafted-issue.ts';
import { WEEK } from '../support/sent-issue.ts';

const LONG_WORD = 'Verylongwordwithoutanyspaceinitwhichnobodycouldeverreadaloud';

test.skipIf(!hasChromium)(
  'content in a real browser: a fact edited, a mistake reported, a file checked and imported, very long words; axe finds no fault on any page',
  { timeout: 60_000 },
  async () => {
    const app = await createDraftedIssue();
    const page = await (await openBrowser()).newPage({ bypassCSP: true });
    await page.goto(`${app.url}/studio`);
    await page.getByRole('link', { name: 'Content', exact: true }).click();
    await page.getByRole('link', { name: 'Tools', exact: true }).click();
    await page.getByLabel('Part of a name or a word').fill('harborl');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Harborlight', exact: true }).click();
    await page.getByLabel(/^Price,/).fill('$7 a month');
    await page.getByLabel('Tagline').fill(LONG_WORD);
    await page.getByLabel('Description').fill(`${LONG_WORD} `.repeat(15));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(`Saved. The draft of ${WEEK} has the new facts.`).waitFor();
    await expectNoFault(page, 'a tool that was changed, with very long words');
    expect(JSON.stringify((await getIssue(app.context.db, WEEK)).content)).toContain('$7 a month');

    await page.getByLabel('What The Builder says').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('the review of builder, quote: is empty').waitFor();
    await expectNoFault(page, 'a fault');

    await page.goto(`${app.url}/studio/import/content`);
    const file = { name: 'week.json', mimeType: 'application/json' };
    await page.getByLabel('File').setInputFiles({ ...file, buffer: Buffer.from('{"tools": [}') });
    await page.getByRole('button', { name: 'See what it would do' }).click();
    await page.getByText('week.json is not valid JSON').waitFor();
    await expectNoFault(page, 'a broken file');
    const buffer = Buffer.from(JSON.stringify(exampleContent()));
    await page.getByLabel('File').setInputFiles({ ...file, buffer });
    await page.getByRole('button', { name: 'See what it would do' }).click();
    await page.getByRole('heading', { name: 'acme-writer', exact: true }).waitFor();
    await expectNoFault(page, 'what an import would do');
    await page.getByRole('button', { name: 'Import it' }).click();
    await page.getByText('Saved.').waitFor();
    await page.goto(`${app.url}/studio/issues/${WEEK}`);
    await expectNoFault(page, 'an issue with very long words');
  },
);
