import { setTimeout as sleep } from 'node:timers/promises';
import { getCookie } from 'hono/cookie';
import type { Context } from '../../context.ts';
import { enqueue } from '../../queue/queue.ts';
import { LINK_MINUTES } from '../../staff/auth.ts';
import { MAX_LINKS } from '../../staff/link-limit.ts';
import { roleOf } from '../../staff/staff.ts';
import { MAX_FORM_BYTES } from '../layout/limit-body.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readField } from '../layout/read-form.ts';
import { ACCESS_SCRIPT_PATH } from './access-script.ts';
import { callAuth } from './_auth-request.ts';

/** The page that somebody wanted before they were asked to sign in. */
export const WAY_COOKIE = 'studio_way';
const ANSWER_MS = 60;

export function signInPage(c: PageContext) {
  return showSignIn(c, {});
}

/** Sends a link, if the address is of staff: the answer does not tell. */
export async function requestLink(c: PageContext) {
  const context = c.get('context');
  const address = (await readField(c, 'email')).toLowerCase();
  const isStaff = roleOf(context.config, address) !== undefined;
  // As long for everybody, so that the time does not tell either.
  await Promise.all([sleep(ANSWER_MS), isStaff ? sendLink(context, address) : undefined]);
  const children = (
    <div className="sheet narrow">
      <h1>Look in your inbox</h1>
      <p role="status">
        If this is an address of our staff, a link to sign in is on its way there. It works once, within{' '}
        {LINK_MINUTES} minutes. Nobody gets more than {MAX_LINKS.links} in {MAX_LINKS.minutes} minutes: any of
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
    ? c.redirect(wayOf(c), 303)
    : showSignIn(c, {
        problem: 'This link doesn’t work any more: each works once, within a quarter of an hour.',
        status: 400,
      });
}

/** To somebody whose session ended while they worked: what a form sent is kept on the page. Nobody's upload is read. */
export async function showSignedOut(c: PageContext) {
  if (c.req.header('accept')?.includes('application/json')) {
    return c.json({ problem: 'You are signed out: sign in on another tab, then go on here.' }, 401);
  }
  const isForm = c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded');
  const bytes = Number(c.req.header('content-length') ?? Infinity);
  if (!isForm || bytes > MAX_FORM_BYTES) {
    const problem = 'You are signed out, and nothing was changed. Sign in, then go back and try again.';
    return showSignIn(c, { problem, status: 401 });
  }
  const fields = Object.entries(await c.req.parseBody({ all: true })).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => (typeof value === 'string' ? [{ name, value }] : [])),
  );
  return showUnsent(c, fields);
}

interface Field {
  name: string;
  value: string;
}

function showUnsent(c: PageContext, fields: readonly Field[]) {
  const shown = new Map(fields.map(({ name, value }) => [name, value]));
  const typed = fields.filter(
    ({ name, value }) =>
      !/^(?:was:|expected$|revision$)/.test(name) && value !== (shown.get(`was:${name}`) ?? ''),
  );
  const children = (
    <div className="sheet narrow">
      <h1>You are signed out</h1>
      <p className="problem" role="alert">
        Nothing was changed, and nothing is lost:{' '}
        <a href="/studio/sign-in" target="_blank">
          sign in on another tab
        </a>
        , then come back to this one and send it again.
      </p>
      <form method="post" action={c.req.path}>
        {fields.map(({ name, value }, index) => (
          <input key={index} type="hidden" name={name} value={value} />
        ))}
        <button type="submit">Send it again</button>
      </form>
      {typed.length > 0 ? (
        <details>
          <summary>What you sent</summary>
          <dl>
            {typed.map(({ name, value }, index) => (
              <div key={index}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      ) : null}
    </div>
  );
  return showPage(c, { title: 'You are signed out', children }, 401);
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

function wayOf(c: PageContext): string {
  const way = getCookie(c, WAY_COOKIE) ?? '';
  return /^\/studio(\/[\w/-]*)?$/.test(way) ? way : '/studio';
}

function showSignIn(c: PageContext, { problem, status }: { problem?: string; status?: 400 | 401 | 429 }) {
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
      <div hidden data-passkeys data-next={wayOf(c)}>
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
