import { AppError } from '../../errors.ts';
import { renderLetter } from '../../issues/render/render-letter.tsx';
import { previewDigest } from '../../issues/results/preview-digest.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import { mondayOf } from '../../week.ts';
import type { PageContext } from '../layout/page.tsx';
import { applyLook, policyOf, readLook } from './_looks.ts';

/** The month in whose digest an issue is, or will be: "2026-11". */
export function monthOf(
  {
    digest_month,
    prepared_at,
    send_at,
    week,
  }: Pick<Issue, 'digest_month' | 'prepared_at' | 'send_at' | 'week'>,
  timezone: string,
): string {
  const at = prepared_at ?? send_at;
  const day = at
    ? Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timezone).toPlainDate()
    : mondayOf(week);
  return digest_month ?? day.toPlainYearMonth().toString();
}

/** What monthly readers get instead of an issue, for a frame. */
export async function digestCopy(c: PageContext) {
  const { config, db } = c.get('context');
  const month = monthOf(await getIssue(db, c.req.param('week') ?? ''), config.timezone);
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
