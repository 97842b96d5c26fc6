import { HTTPException } from 'hono/http-exception';
import { isOutage, reportOutage } from '../../database/outage.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { BodyTooLarge } from '../request/limit-body.ts';
import { isStudio, BackLink } from './_back-link.tsx';
import { isLinkOfErasedReader, showErased } from '../reader/erased-page.tsx';
import { describePreviewLink, showPreviewPage } from '../mail-links/preview-page.tsx';

/** Sent with 503 while the database is unavailable. */
const RETRY_AFTER_SECONDS = 10;

/**
 * Malformed, unknown and wrong-purpose links get the same page, so that it does not reveal what exists. Links of
 * previews and of erased readers end up here too, with any method, since no reader page accepts them.
 */
export async function showNotFound(c: PageContext) {
  const previewed = await describePreviewLink(c);
  if (previewed !== undefined) {
    return showPreviewPage(c, previewed);
  }
  if (await isLinkOfErasedReader(c)) {
    return showErased(c);
  }
  const children = (
    <div className="sheet narrow">
      <h1>Nothing here</h1>
      {isStudio(c) ? null : (
        <p>If you came from an email, the link may have been cut off. Copy the whole link and try again.</p>
      )}
      <p>
        <BackLink c={c} />
      </p>
    </div>
  );
  return showPage(c, { title: 'Nothing here', children }, 404);
}

const STATUS: Record<ErrorCode, 400 | 403 | 404 | 409 | 503> = {
  invalid_input: 400,
  not_found: 404,
  refused: 409,
  forbidden: 403,
  unavailable: 503,
};

/** Every error of a page, in words. */
export function showError(error: Error, c: PageContext) {
  if (error instanceof AppError) {
    return error.code === 'not_found'
      ? showNotFound(c)
      : showProblem(c, error.message, error.problems, STATUS[error.code]);
  }
  if (error instanceof BodyTooLarge) {
    return showProblem(c, `That is larger than the limit of ${inWords(error.maxBytes)}.`, [], 413);
  }
  if (error instanceof HTTPException) {
    return error.getResponse();
  }
  if (isOutage(error)) {
    reportOutage(c.get('context').log, error, 'a page or webhook request was answered with 503');
    c.header('Retry-After', String(RETRY_AFTER_SECONDS));
    return showProblem(c, 'We cannot reach our records just now. Please try again in a minute.', [], 503);
  }
  // The route's pattern, not the path: paths contain tokens.
  c.get('context').log.error({ err: error, method: c.req.method, route: c.req.routePath }, 'a page failed');
  return showProblem(c, 'Something went wrong on our side. Please try again.', [], 500);
}

function inWords(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.floor(bytes / 1024)} kB` : `${Math.floor(bytes / 1024 / 1024)} MB`;
}

function showProblem(
  c: PageContext,
  message: string,
  problems: readonly string[],
  status: 400 | 403 | 404 | 409 | 413 | 500 | 503,
) {
  const children = (
    <div className="sheet narrow">
      <h1>That did not work</h1>
      <p className="problem">{message}</p>
      {problems.length > 0 ? (
        <ul>
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      ) : null}
      <p>
        <BackLink c={c} />
      </p>
    </div>
  );
  return showPage(c, { title: 'That did not work', children }, status);
}
