import { findIssueById } from '../../issues/record/issue.ts';
import { verifyVoteToken } from '../../links/tokens.ts';
import { loadCopy } from '../../sending/personalize/load-copy.ts';
import type { PageContext } from '../layout/page.tsx';
import { MAIL_POLICY } from '../layout/security-headers.ts';

/** Shows a reader's own mail in the browser, byte for byte as it was sent. */
export async function browserCopy(c: PageContext) {
  const context = c.get('context');
  const reader = verifyVoteToken(context.linkKeys, c.req.param('token') ?? '');
  const issue = reader && (await findIssueById(context.db, reader.issue_id));
  const subscriber =
    reader &&
    (await context.db
      .selectFrom('subscribers')
      .select('id')
      .where('id', '=', reader.subscriber_id)
      .executeTakeFirst());
  // The votes of readers who have erased themselves are kept, and must not be told from their old link.
  if (!subscriber || !issue?.prepared_at) {
    return c.notFound();
  }
  const copy = await loadCopy(context, issue, reader.subscriber_id);
  c.header('Content-Security-Policy', MAIL_POLICY);
  return c.html(copy.html);
}
