import * as z from 'zod';
import { optionalText, wholeNumber } from './setting-types.ts';

const EXAMPLE = 'postgres://user@localhost:5432/verdicts';

/** Where the data is. */
export const databaseSettings = {
  DATABASE_URL: optionalText.superRefine((value, { addIssue }) => {
    const problem = value === undefined ? undefined : findUrlProblem(value);
    if (problem) {
      addIssue({ code: 'custom', message: problem });
    }
  }),
  DATABASE_PASSWORD: z
    .string()
    .optional()
    .transform((value) => value || undefined),
  DATABASE_POOL: wholeNumber(12, 1, 200),
  // Two concurrent flushes for each of three batchers: votes, opened links and vote pages.
  DATABASE_POOL_VOTES: wholeNumber(6, 1, 100),
  DATABASE_POOL_QUEUE: wholeNumber(4, 1, 100),
  DATABASE_WEB_ROLE: roleName('verdicts_web'),
  DATABASE_WORKER_ROLE: roleName('verdicts_worker'),
};

type DatabaseValues = z.infer<z.ZodObject<typeof databaseSettings>>;

export function readDatabaseSettings(value: DatabaseValues) {
  return {
    databaseUrl: value.DATABASE_URL && withPassword(value.DATABASE_URL, value.DATABASE_PASSWORD),
    /** Maximum size of each connection pool of a process. */
    connections: {
      main: value.DATABASE_POOL,
      votes: value.DATABASE_POOL_VOTES,
      queue: value.DATABASE_POOL_QUEUE,
    },
    /** Database roles for processes, which own nothing; a migration grants each what its code needs. */
    databaseRoles: { web: value.DATABASE_WEB_ROLE, worker: value.DATABASE_WORKER_ROLE },
  };
}

/** Settings that are valid one by one, but not together. */
export function findDatabaseProblems(value: DatabaseValues): string[] {
  const url = value.DATABASE_URL === undefined ? undefined : new URL(value.DATABASE_URL);
  const { DATABASE_WEB_ROLE: web, DATABASE_WORKER_ROLE: worker } = value;
  return [
    ...(value.DATABASE_PASSWORD && !url
      ? [`DATABASE_PASSWORD: requires a DATABASE_URL, for example ${EXAMPLE}`]
      : []),
    ...(value.DATABASE_PASSWORD && url?.password
      ? ['DATABASE_PASSWORD: DATABASE_URL contains a password too; remove one of the two']
      : []),
    ...(web !== undefined && web === worker
      ? ['DATABASE_WEB_ROLE: must differ from DATABASE_WORKER_ROLE, so that each can do only its own work']
      : []),
  ];
}

function roleName(example: string) {
  return optionalText.refine((value) => value === undefined || /^[a-z_][a-z\d_]{0,62}$/.test(value), {
    error: `must be the name of a database role in lower case, for example ${example}`,
  });
}

/**
 * Never quotes the URL, which contains a password. A `#`, `/` or `?` in a password ends the URL's authority (RFC 3986, section
 * 3.2): its beginning would be taken for a host, and the rest would be sent there.
 */
function findUrlProblem(value: string): string | undefined {
  const [, afterScheme] = /^postgres(?:ql)?:\/\/(.*)$/s.exec(value) ?? [];
  if (afterScheme === undefined) {
    return `must start with postgres://, for example ${EXAMPLE}`;
  }
  const [, authority = '', rest = ''] = /^([^/?#]*)(.*)$/s.exec(afterScheme) ?? [];
  const userInfo = authority.slice(0, Math.max(0, authority.lastIndexOf('@')));
  if (rest.includes('@') || rest.includes('#') || !isEncoded(userInfo)) {
    return (
      'its password contains a character that means something else in a URL (such as # / ? %): put the password into ' +
      `DATABASE_PASSWORD as it is, and leave it out here, for example ${EXAMPLE}`
    );
  }
  return URL.canParse(value) ? undefined : `must name a host and a database, for example ${EXAMPLE}`;
}

function isEncoded(text: string): boolean {
  return !/%(?![\da-f]{2})/i.test(text);
}

function withPassword(databaseUrl: string, password: string | undefined): string {
  if (password === undefined) {
    return databaseUrl;
  }
  const url = new URL(databaseUrl);
  if (url.hostname === '') {
    // The folder of a socket is a parameter, and a URL without a host has no place for a password.
    url.searchParams.set('password', password);
  } else {
    url.password = encodeURIComponent(password);
  }
  return url.href;
}
