import type { Handler } from 'hono';
import type { Db } from '../../../database/connect.ts';
import { findMail } from './_find-mail.ts';

/** Allows images from anywhere and inline styles, but no scripts; framed only by our own pages. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; form-action 'none'; frame-ancestors 'self'";

/** The mail as submitted, plus a `<base>` element that opens its links in a new tab, as in webmail. */
export function mailHtml(db: Db): Handler<{ Variables: object }, '/mails/:id/html'> {
  return async (c) => {
    const mail = await findMail(db, c.req.param('id'));
    if (!mail || mail.html === null) {
      return c.notFound();
    }
    return c.html(openLinksInNewTab(mail.html), 200, { 'content-security-policy': MAIL_POLICY });
  };
}

function openLinksInNewTab(html: string): string {
  const base = '<base target="_blank">';
  const head = /<head(?:\s[^>]*)?>/i.exec(html);
  const end = head ? head.index + head[0].length : 0;
  return html.slice(0, end) + base + html.slice(end);
}
