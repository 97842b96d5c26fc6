import { hkdfSync } from 'node:crypto';
import type { BetterAuthOptions } from 'better-auth';
import type { MagicLinkOptions } from 'better-auth/plugins/magic-link';
import { recordAudit } from '../audit/audit-log.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { ATTEMPTS_TABLE, PASSKEYS, TABLES } from './_auth-tables.ts';
import { roleOf } from './staff.ts';

/** Where better-auth would serve its endpoints; only those that `web` names are reachable. */
export const AUTH_PATH = '/studio/auth';
/** The header in which `web` passes a client's network address, by which attempts are counted. */
export const CLIENT_HEADER = 'x-studio-client';
export const LINK_MINUTES = 15;
const SESSION_DAYS = 14;
const DAY_SECONDS = 86_400;
/** Per source and endpoint. */
const ATTEMPTS = { window: 600, max: 20 };

export type Auth = Awaited<ReturnType<typeof createAuth>>;

const opened = new WeakMap<Context, Promise<Auth>>();

/** Loads better-auth on first use: a process in which nobody signs in never does. */
export function openAuth(context: Context): Promise<Auth> {
  const auth = opened.get(context) ?? createAuth(context);
  opened.set(context, auth);
  return auth;
}

/**
 * Creates a one-time link for an address, valid for `LINK_MINUTES`. Only its hash is stored. The address must be in STAFF_EMAILS.
 */
export async function createSignInLink(context: Context, address: string): Promise<string> {
  let token: string | undefined;
  const auth = await createAuth(context, (link) => {
    ({ token } = link);
  });
  await auth.api.signInMagicLink({ body: { email: address }, headers: new Headers() });
  if (token === undefined) {
    throw new Error('the sign-in library made no link');
  }
  return `${context.config.studioOrigin}/studio/sign-in/${token}`;
}

async function createAuth(
  context: Context,
  sendMagicLink: MagicLinkOptions['sendMagicLink'] = () => {
    throw new Error('links are sent by a job');
  },
) {
  const { studioOrigin } = context.config;
  if (!studioOrigin) {
    throw new AppError('refused', 'Nobody can sign in: STUDIO_ORIGIN is not set.');
  }
  const [{ betterAuth }, { magicLink }, { passkey }, { APIError }] = await Promise.all([
    import('better-auth'),
    import('better-auth/plugins/magic-link'),
    import('@better-auth/passkey'),
    import('better-auth/api'),
  ]);
  return betterAuth({
    ...settingsOf(context),
    baseURL: studioOrigin,
    plugins: [
      magicLink({ sendMagicLink, storeToken: 'hashed', expiresIn: LINK_MINUTES * 60, rateLimit: ATTEMPTS }),
      passkey({
        rpID: new URL(studioOrigin).hostname,
        rpName: 'Weekly Verdicts',
        origin: studioOrigin,
        authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
        schema: PASSKEYS,
      }),
    ],
    databaseHooks: staffOnly(context, () => new APIError('FORBIDDEN')),
  });
}

function settingsOf({ config, db, log }: Context) {
  return {
    appName: 'Weekly Verdicts',
    basePath: AUTH_PATH,
    secret: deriveSecret(config.linkSecrets[0] ?? ''),
    database: { db, type: 'postgres', transaction: true },
    ...TABLES,
    session: {
      ...TABLES.session,
      expiresIn: SESSION_DAYS * DAY_SECONDS,
      updateAge: DAY_SECONDS,
      freshAge: DAY_SECONDS,
    },
    rateLimit: { enabled: true, storage: 'database', ...ATTEMPTS, ...ATTEMPTS_TABLE },
    advanced: {
      cookiePrefix: 'studio',
      defaultCookieAttributes: { path: '/studio' },
      ipAddress: { ipAddressHeaders: [CLIENT_HEADER] },
    },
    telemetry: { enabled: false },
    logger: {
      level: 'warn',
      log: (level, message) => log[level === 'error' ? 'error' : 'warn']({ from: 'sign-in' }, message),
    },
  } satisfies BetterAuthOptions;
}

/** Nobody but staff gets a user or a session, and every session is recorded. */
function staffOnly(context: Context, refusal: () => Error) {
  const { db } = context;
  const requireRole = (email: string) => {
    if (!roleOf(context.config, email)) {
      throw refusal();
    }
  };
  const loadAddress = async (userId: string) => {
    const user = db.selectFrom('staff_users').select('email').where('id', '=', userId);
    return (await user.executeTakeFirstOrThrow()).email;
  };
  return {
    user: { create: { before: async ({ email }: { email: string }) => requireRole(email) } },
    session: {
      create: {
        before: async ({ userId }: { userId: string }) => requireRole(await loadAddress(userId)),
        after: async ({ userId }: { userId: string }) => {
          const name = await loadAddress(userId);
          await recordAudit(context, { name, via: 'studio' }, { action: 'signed in' });
        },
      },
    },
  };
}

/** HKDF (RFC 5869); independent of the keys of links. Replacing the newest secret ends every session. */
function deriveSecret(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'studio sessions', 32)).toString('base64url');
}
