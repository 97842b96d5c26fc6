import { getCookie, setCookie } from 'hono/cookie';
import { verifySubscriberToken, signSubscriber } from '../../links/tokens.ts';
import type { PageContext } from '../layout/page.tsx';

const COOKIE = 'reader';
/** The longest cookie lifetime that browsers allow (RFC 6265bis 5.5). */
const MAX_AGE_SECONDS = 400 * 86_400;

/** Whether a vote with human interaction was counted from this browser for this reader before. */
export function isRemembered(c: PageContext, subscriberId: number): boolean {
  return (
    verifySubscriberToken(c.get('context').linkKeys, 'remember', getCookie(c, COOKIE) ?? '') === subscriberId
  );
}

export function remember(c: PageContext, subscriberId: number): void {
  const { config, linkKeys } = c.get('context');
  setCookie(c, COOKIE, signSubscriber(linkKeys, 'remember', subscriberId), {
    path: '/v',
    httpOnly: true,
    sameSite: 'Lax',
    secure: config.publicUrl.startsWith('https:'),
    maxAge: MAX_AGE_SECONDS,
  });
}
