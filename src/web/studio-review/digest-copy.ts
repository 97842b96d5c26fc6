import { AppError } from '../../errors.ts';
import { renderLetter } from '../../issues/render/render-letter.tsx';
import { previewDigest } from '../../issues/results/preview-digest.ts';
import { mondayOf, parseWeek, type Week } from '../../week.ts';
import type { PageContext } from '../layout/page.tsx';
import { applyLook, policyOf, readLook } from './_looks.ts';

/** "2026-11" */
export function monthOf(week: Week): string {
  return mondayOf(week).toPlainYearMonth().toString();
}

/** What monthly readers get instead of an issue, for a frame. */
export async function digestCopy(c: PageContext) {
  const month = monthOf(parseWeek(c.req.param('week') ?? ''));
  const look = readLook(c.req.query('look'));
  c.header('Content-Security-Policy', policyOf(look));
  try {
    const { html } = await renderLetter(await previewDigest(c.get('context'), month));
    return c.html(applyLook(html, look));
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') {
      return c.html(
        `<!doctype html><html lang="en"><title>Digest</title><body><p>${error.message} The digest begins with the first.</p></body></html>`,
      );
    }
    throw error;
  }
}
