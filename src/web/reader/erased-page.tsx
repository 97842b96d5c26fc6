import { verifySubscriberToken, verifyVoteToken } from '../../links/tokens.ts';
import { type PageContext, showPage } from '../layout/page.tsx';

/** Whether this is a link from a mail to a reader about whom nothing is stored any more. */
export async function isLinkOfErasedReader(c: PageContext): Promise<boolean> {
  const { db } = c.get('context');
  const id = findReaderId(c);
  return (
    id !== undefined &&
    (await db.selectFrom('subscribers').select('id').where('id', '=', id).executeTakeFirst()) === undefined
  );
}

function findReaderId(c: PageContext): number | undefined {
  const { linkKeys } = c.get('context');
  const [, page = '', token = ''] = c.req.path.split('/');
  switch (page) {
    case 'v':
    case 'i':
      return verifyVoteToken(linkKeys, token)?.subscriber_id;
    case 'preferences':
    case 'unsubscribe':
    case 'stay':
      return verifySubscriberToken(linkKeys, page, token);
    default:
      return undefined;
  }
}

/**
 * An unsubscribe link answers 200, also to the one-click POST of RFC 8058, since the reader gets no mail anyway; any
 * other link answers 410.
 */
export function showErased(c: PageContext) {
  const children = (
    <div className="sheet narrow">
      <h1>Your data has been erased</h1>
      <p role="status">
        We no longer email you. If you have signed up again since, use the links in your newer emails.
      </p>
      <p>
        To get the newsletter, <a href="/#sign-up">sign up</a>.
      </p>
    </div>
  );
  const isUnsubscribing = c.req.path.startsWith('/unsubscribe/');
  return showPage(c, { title: 'Your data has been erased', children }, isUnsubscribing ? 200 : 410);
}
