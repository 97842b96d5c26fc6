import { createTestApp, type TestApp } from './test-app.ts';

export const EDITOR = 'delivered+ann@resend.dev';
export const ADMIN = 'delivered+bo@resend.dev';

/** An app whose studio asks staff to sign in, at `origin`. */
export async function createStaffedApp(
  env: Record<string, string> = {},
  now = new Date().toISOString(),
): Promise<TestApp & { origin: string }> {
  const app = await createTestApp(
    {
      STUDIO_ORIGIN: 'http://localhost:$PORT',
      STAFF_EMAILS: `${EDITOR},${ADMIN}`,
      STAFF_ADMINS: ADMIN,
      ...env,
    },
    now,
  );
  return { ...app, origin: app.context.config.studioOrigin ?? '' };
}

interface Visitor {
  cookie?: string;
  fields?: Record<string, string>;
  headers?: Record<string, string>;
  method?: string;
}

/** A browser's request to the studio: a POST carries the studio's own origin, unless `headers` say otherwise. */
export function visit(
  { origin }: { origin: string },
  path: string,
  { cookie, fields, headers = {}, method = fields ? 'POST' : 'GET' }: Visitor = {},
): Promise<Response> {
  return fetch(origin + path, {
    method,
    redirect: 'manual',
    ...(fields ? { body: new URLSearchParams(fields) } : {}),
    headers: { ...(method === 'GET' ? {} : { origin }), ...(cookie ? { cookie } : {}), ...headers },
  });
}

/** The path of the newest link that was mailed to the address. */
export async function findLink(app: TestApp, address: string): Promise<string | undefined> {
  const mails = await app.context.db
    .selectFrom('outbox.mails')
    .selectAll()
    .orderBy('sequence', 'desc')
    .execute();
  const mail = mails.find(({ to_addresses }) => to_addresses.includes(address));
  return /\/studio\/sign-in\/\w+/.exec(mail?.text ?? '')?.[0];
}

/** Signs in by a mailed link; returns the cookie of the session. */
export async function signIn(app: TestApp & { origin: string }, address: string): Promise<string> {
  await visit(app, '/studio/sign-in', { fields: { email: address } });
  await app.drain();
  const response = await visit(app, (await findLink(app, address)) ?? '', { fields: {} });
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
