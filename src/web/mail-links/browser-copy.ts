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
  if (!reader || !issue?.prepared_at) {
    return c.notFound();
  }
  const copy = await loadCopy(context, issue, reader.subscriber_id);
  c.header('Content-Security-Policy', MAIL_POLICY);
  return c.html(copy.html);
}
