import { setTimeout as sleep } from 'node:timers/promises';
import { getCookie } from 'hono/cookie';
import { normalizeAddress } from '../../address/read-address.ts';
import type { Context } from '../../context.ts';
import { enqueue } from '../../queue/queue.ts';
import { LINK_MINUTES } from '../../staff/auth.ts';
import { MAX_LINKS } from '../../staff/link-limit.ts';
import { roleOf } from '../../staff/staff.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';
import { ACCESS_SCRIPT_PATH } from './access-script.ts';
import { callAuth } from './_auth-request.ts';

/** Names the page that somebody wanted before they were asked to sign in. */
export const RETURN_COOKIE = 'studio_way';
const MIN_ANSWER_MS = 60;

export function signInPage(c: PageContext) {
  return showSignIn(c, {});
}

/** Sends a link if the address belongs to staff; the answer does not reveal whether it does. */
export async function requestLink(c: PageContext) {
  const context = c.get('context');
  const typed = await readField(c, 'email');
  // Addresses in the settings are in ASCII.
  const address = (normalizeAddress(typed) ?? typed).toLowerCase();
  const isStaff = roleOf(context.config, address) !== undefined;
  // It takes equally long for everybody, so that the time does not reveal it either.
  await Promise.all([sleep(MIN_ANSWER_MS), isStaff ? sendLink(context, address) : undefined]);
  const children = (
    <div className="sheet narrow">
      <h1>Look in your inbox</h1>
      <p role="status">
        If this is an address of our staff, a link to sign in is on its way there. It works once, within{' '}
        {LINK_MINUTES} minutes. We send at most {MAX_LINKS.links} in {MAX_LINKS.minutes} minutes, and each of
        them works.
      </p>
      <p>
        <a href="/studio/sign-in">Use another address</a>
      </p>
    </div>
  );
  return showPage(c, { title: 'Look in your inbox', children });
}

/** What a mail's link opens. It signs nobody in by itself, because mail scanners open every link. */
export function linkPage(c: PageContext) {
  const children = (
    <div className="sheet narrow">
      <h1>Sign in to the studio</h1>
      <p>This browser stays signed in for a fortnight after your last visit.</p>
      <form method="post">
        <button type="submit">Sign in</button>
      </form>
    </div>
  );
  return showPage(c, { title: 'Sign in', children });
}

export async function useLink(c: PageContext) {
  const token = encodeURIComponent(c.req.param('token') ?? '');
  const response = await callAuth(c, `/magic-link/verify?token=${token}`, { method: 'GET' });
  if (response.status === 429) {
    return showSignIn(c, { problem: 'Too many attempts from here. Please wait ten minutes.', status: 429 });
  }
  return response.ok
    ? c.redirect(returnPathOf(c), 303)
    : showSignIn(c, {
        problem: `This link doesn’t work any more: each works once, within ${LINK_MINUTES} minutes.`,
        status: 400,
      });
}

/** A job sends it, within the limits, whoever asks for it. */
async function sendLink({ db, boss, now }: Context, address: string): Promise<void> {
  await db
    .transaction()
    .execute((tx) =>
      enqueue(boss, tx, 'send-sign-in-link', [
        { key: address, data: { address, requested_at: now().toISOString() } },
      ]),
    );
}

function returnPathOf(c: PageContext): string {
  const path = getCookie(c, RETURN_COOKIE) ?? '';
  return /^\/studio(\/[\w/-]*)?$/.test(path) ? path : '/studio';
}

export function showSignIn(
  c: PageContext,
  { problem, status }: { problem?: string; status?: 400 | 401 | 429 },
) {
  const children = (
    <div className="sheet narrow">
      <h1>Sign in to the studio</h1>
      {problem ? (
        <p className="problem" role="alert">
          {problem}
        </p>
      ) : null}
      <form method="post" action="/studio/sign-in">
        <label htmlFor="email">Your address on staff</label>
        <p>
          <input id="email" name="email" type="email" required maxLength={254} autoComplete="email" />
        </p>
        <p>
          <button type="submit">Send me a link</button>
        </p>
      </form>
      <div hidden data-passkeys data-next={returnPathOf(c)}>
        <p>Or, if you have added one on your account’s page:</p>
        <button type="button" className="plain" data-passkey="use">
          Use a passkey
        </button>
        <output data-passkey-status />
      </div>
    </div>
  );
  return showPage(c, { title: 'Sign in', children, scripts: [ACCESS_SCRIPT_PATH] }, status);
}
