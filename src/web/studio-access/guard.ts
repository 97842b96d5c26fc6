import { userName } from '../../audit/user-name.ts';
import type { MiddlewareHandler } from 'hono';
import { setCookie } from 'hono/cookie';
import { AppError } from '../../errors.ts';
import { loopbackOnly } from '../../network/loopback-only.ts';
import { roleOf } from '../../staff/staff.ts';
import type { AppEnv, PageContext } from '../layout/page.tsx';
import { findSession } from './_auth-request.ts';
import { RETURN_COOKIE } from './sign-in-page.tsx';
import { showSignedOut } from './_signed-out-page.tsx';

type Guard = MiddlewareHandler<AppEnv>;

/** Only requests from this machine: whoever can open the page there has the files and the database anyway. */
export const fromThisMachine: Guard = (c, next) =>
  loopbackOnly(c, async () => {
    c.set('staff', { name: userName(), role: 'admin' });
    await next();
  });

/**
 * Only under STUDIO_ORIGIN's host name, and changes only from its own pages: browsers send an Origin with every POST. All others
 * get 404.
 */
export const onStudioOrigin: Guard = async (c, next) => {
  const { studioOrigin } = c.get('context').config;
  const isReading = c.req.method === 'GET' || c.req.method === 'HEAD';
  const isOurHost = studioOrigin !== undefined && c.req.header('host') === new URL(studioOrigin).host;
  if (!isOurHost || !(isReading || c.req.header('origin') === studioOrigin)) {
    return c.notFound();
  }
  return next();
};

/** Staff with a session; everybody else is asked to sign in, and comes back to the page that they wanted. */
export const signedIn: Guard = async (c, next) => {
  const found = await findStaff(c);
  if (found) {
    c.set('staff', found);
    return next();
  }
  if (c.req.method !== 'GET') {
    return showSignedOut(c);
  }
  if (['document', undefined].includes(c.req.header('sec-fetch-dest'))) {
    setCookie(c, RETURN_COOKIE, c.req.path, {
      path: '/studio',
      httpOnly: true,
      sameSite: 'Lax',
      secure: c.get('context').config.studioOrigin?.startsWith('https:') ?? false,
      maxAge: 3600,
    });
  }
  return c.redirect('/studio/sign-in', 303);
};

export const adminOnly: Guard = async (c, next) => {
  const staff = c.get('staff');
  if (staff?.role !== 'admin') {
    throw new AppError(
      'forbidden',
      `${staff?.name ?? 'You'} may not do this: only those listed in STAFF_ADMINS may.`,
    );
  }
  return next();
};

async function findStaff(c: PageContext) {
  const found = await findSession(c).catch(() => {
    throw new AppError('unavailable', 'We cannot check who you are just now. Please try again in a minute.');
  });
  const role = found && roleOf(c.get('context').config, found.user.email);
  return found && role
    ? { name: found.user.email, role, session: { id: found.session.id, user_id: found.user.id } }
    : undefined;
}
