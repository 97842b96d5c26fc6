import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { createApp } from '../../src/web/app.tsx';
import type { Db } from '../../src/database/connect.ts';
import { sentIssue } from '../monitoring/sent.ts';
import { seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** Tables that limit a stranger's attempts, challenges for passkeys, and the index of the archive, which is made when it is first read. */
const MAY_CHANGE = ['staff_attempts', 'sign_up_counts', 'staff_verifications', 'archive_entries'];
/** Pages of the studio for people who have not signed in. */
const SIGN_IN = /^\/studio\/(?:sign-in|auth\/passkey)/;

/** What a stranger puts in place of a parameter: nothing, a number that may exist, a week that does, and nonsense. */
const VALUES = ['1', '2026-W48', 'x', '..%2f..', '%00', 'a'.repeat(2_000)];

/** A count and a hash of every table's rows, by table. */
async function fingerprint(db: Db): Promise<Record<string, string>> {
  const { rows: tables } = await sql<{ name: string }>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace`.execute(
    db,
  );
  const entries = await Promise.all(
    tables
      .filter(({ name }) => !MAY_CHANGE.includes(name))
      .map(async ({ name }) => {
        const { rows } = await sql<{ hash: string }>`
          select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as hash from ${sql.table(name)} as t`.execute(
          db,
        );
        return [name, rows[0]?.hash ?? ''] as const;
      }),
  );
  return Object.fromEntries(entries);
}

test(
  'a stranger who tries every route with every method changes nothing, sees no studio and breaks nothing',
  { timeout: 120_000 },
  async () => {
    const app = await createTestApp({
      STUDIO_ORIGIN: 'http://localhost:$PORT',
      STAFF_EMAILS: 'ann@example.net',
      STAFF_ADMINS: 'ann@example.net',
      SIGN_UPS_PER_SOURCE: '10000',
    });
    await seedReaders(app.context.db, 3);
    await sentIssue(app);
    const { db } = app.context;
    const routes = [
      ...new Set(
        createApp(app.context)
          .routes.filter(({ path }) => path !== '*' && path !== '/*')
          .map(({ path }) => path),
      ),
    ];
    expect(routes.length).toBeGreaterThan(80);
    const before = await fingerprint(db);
    const origin = app.url.replace('127.0.0.1', 'localhost');
    const problems: string[] = [];
    for (const route of routes) {
      const paths = /[:*]/.test(route)
        ? VALUES.map((value) => route.replaceAll(/:[a-z]+|\*/g, value))
        : [route];
      for (const path of paths) {
        await Promise.all(
          METHODS.map(async (method) => {
            const response = await fetch(`${origin}${path}`, {
              method,
              redirect: 'manual',
              headers: {
                Origin: 'https://evil.example.net',
                Cookie: 'remember=1.AAAA; __Host-staff=x; better-auth.session_token=x.y',
              },
              ...(method === 'GET' || method === 'HEAD'
                ? {}
                : {
                    body: new URLSearchParams({
                      email: 'not an address',
                      page: 'x',
                      way: 'button',
                      name: 'x',
                    }),
                  }),
            });
            const body = await response.text();
            problems.push(...findProblems(`${method} ${path.slice(0, 80)}`, path, method, response, body));
          }),
        );
      }
    }
    expect(problems).toEqual([]);
    expect(await fingerprint(db)).toEqual(before);
  },
);

function findProblems(
  what: string,
  path: string,
  method: string,
  response: Response,
  body: string,
): string[] {
  const { status, headers } = response;
  const isStudio = path.startsWith('/studio') && !SIGN_IN.test(path);
  const isPage = headers.get('content-type')?.startsWith('text/html') ?? false;
  const policy = headers.get('content-security-policy') ?? '';
  return [
    // No worker runs here, which /onschedule has to report.
    ...(status >= 500 && !path.startsWith('/onschedule') ? [`${what}: ${status}`] : []),
    ...(isStudio && status < 300 ? [`${what}: the studio answers ${status}`] : []),
    ...(isStudio && status < 400 && !(headers.get('location') ?? '').startsWith('/studio/sign-in')
      ? [`${what}: leads to ${headers.get('location')}`]
      : []),
    ...(isPage && method !== 'HEAD' && !policy.includes("default-src 'none'") ? [`${what}: no policy`] : []),
    ...(isPage && headers.get('x-content-type-options') !== 'nosniff' ? [`${what}: may be sniffed`] : []),
    ...(/@resend\.dev|whsec_|re_local|at Object\.|node_modules/.test(body)
      ? [`${what}: tells too much`]
      : []),
    ...(headers.get('access-control-allow-origin') === 'https://evil.example.net'
      ? [`${what}: lets another site read it`]
      : []),
  ];
}
