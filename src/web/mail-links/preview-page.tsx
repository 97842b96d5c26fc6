import { findIssueById } from '../../issues/record/issue.ts';
import { verifySubscriberToken, verifyVoteToken } from '../../links/tokens.ts';
import { type PageContext, showPage } from '../layout/page.tsx';

const TEXTS: Record<string, string> = {
  i: 'it shows the email in the browser',
  to: 'it leads to one of our pages, and is counted',
  preferences: 'it opens their preferences',
  unsubscribe: 'it unsubscribes them in one press',
};

/** What the link of a preview or test mail does in a reader's own mail; undefined for any other link. */
export async function describePreviewLink(c: PageContext): Promise<string | undefined> {
  const { db, previewKeys } = c.get('context');
  const [, page = '', token = '', slug, choice] = c.req.path.split('/');
  switch (page) {
    case 'preferences':
    case 'unsubscribe':
      return verifySubscriberToken(previewKeys, page, token) === undefined ? undefined : TEXTS[page];
    case 'i':
    case 'to':
      return verifyVoteToken(previewKeys, token) && TEXTS[page];
    case 'v': {
      const ids = verifyVoteToken(previewKeys, token);
      const issue = ids && (await findIssueById(db, ids.issue_id));
      const tools = issue ? [issue.content.lead, ...issue.content.more].flatMap(({ tools }) => tools) : [];
      const tool = tools.find((one) => one.slug === slug);
      return (
        ids &&
        (tool
          ? `it casts the vote “${choice === 'ship' ? 'Ship' : 'Skip'} ${tool.name}”`
          : 'it opens their ballot')
      );
    }
  }
}

/** Answers a GET and the one-click POST of RFC 8058 alike. */
export function showPreviewPage(c: PageContext, description: string) {
  const children = (
    <div className="sheet narrow">
      <p className="kicker">Preview</p>
      <h1>This was a preview</h1>
      <p role="status">Nothing was changed: this link is from a preview or a test copy of an issue.</p>
      <p>In a reader’s own email {description}.</p>
    </div>
  );
  return showPage(c, { title: 'This was a preview', children });
}
