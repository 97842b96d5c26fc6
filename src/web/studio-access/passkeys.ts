import { recordAudit } from '../../audit/audit-log.ts';
import { AppError } from '../../errors.ts';
import type { PageContext } from '../layout/page.tsx';
import { callAuth } from './_auth-request.ts';

/** The endpoints for signing in with a passkey; reachable without a session. */
export const PASSKEY_SIGN_IN = [
  ['GET', '/passkey/generate-authenticate-options'],
  ['POST', '/passkey/verify-authentication'],
] as const;

/** The endpoints for adding a passkey. */
export const PASSKEY_REGISTRATION = [
  ['GET', '/passkey/generate-register-options'],
  ['POST', '/passkey/verify-registration'],
] as const;

export async function passkeyEndpoint(
  c: PageContext,
  [method, path]: (typeof PASSKEY_SIGN_IN | typeof PASSKEY_REGISTRATION)[number],
): Promise<Response> {
  const body = method === 'POST' ? await readJson(c) : undefined;
  const response = await callAuth(c, path, {
    method,
    ...(body === undefined ? {} : { body }),
  });
  const staff = c.get('staff');
  if (path === '/passkey/verify-registration' && response.ok && staff) {
    await recordAudit(c.get('context'), { name: staff.name, via: 'studio' }, { action: 'add a passkey' });
  }
  c.header('Content-Type', 'application/json');
  return c.body(await response.text(), response.status as 200 | 400 | 401 | 403 | 429 | 500);
}

/** The body, which must be JSON: better-auth would write a body that it cannot parse to standard error. */
async function readJson(c: PageContext): Promise<string> {
  const text = await c.req.text();
  const isJson = /^application\/json\b/.test(c.req.header('content-type') ?? '');
  try {
    if (isJson && typeof JSON.parse(text) === 'object') {
      return text;
    }
  } catch {
    // Refused below.
  }
  throw new AppError('invalid_input', 'Passkeys are sent as JSON. Please reload the page and try again.');
}
