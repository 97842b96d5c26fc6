import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { describeClockSkew, measureClockSkew } from '../../database/clock-skew.ts';
import { AppError } from '../../errors.ts';
import { explainMove, detectMove } from '../../database/identity.ts';
import { type Options, type Outcome, printOutcome, table } from '../shared/command.ts';
import { openSession, type Session } from '../shared/session.ts';

interface Finding {
  name: string;
  state: 'ok' | 'warning' | 'error';
  message: string;
}

const MAX_CLOCK_SKEW_MS = 5_000;

/** An unusable database is reported as a finding, not thrown. */
export async function runDoctor(options: Options): Promise<void> {
  const session = await openSession({}).catch((error: unknown) => {
    if (!(error instanceof AppError)) {
      throw error;
    }
    printOutcome(options, describeStartupError(error));
  });
  if (session) {
    try {
      printOutcome(options, await runDiagnostics(session));
    } finally {
      await session.close();
    }
  }
}

/** The checks an operator would make first; exit code 1 when any finding is `error`. */
async function runDiagnostics({ context }: Session): Promise<Outcome> {
  return report([
    await describePostgres(context),
    { name: 'schema', state: 'ok', message: 'tables and queues match this version' },
    await checkIdentity(context),
    await checkClock(context),
    await checkConnections(context),
    checkPublicUrl(context),
    checkProvider(context),
    describeStudio(context),
    await checkContent(context),
    await checkReaders(context),
    await checkIssues(context),
    await checkSending(context),
  ]);
}

/** Reports the error that prevented every other check. */
function describeStartupError({ message, problems }: AppError): Outcome {
  return report([
    { name: 'database', state: 'error', message },
    ...problems.map((message): Finding => ({ name: '', state: 'error', message })),
  ]);
}

function report(findings: Finding[]): Outcome {
  const rows = findings.map(({ name, state, message }) => [state, name, message]);
  return {
    json: { findings },
    text: table(rows),
    exitCode: findings.some(({ state }) => state === 'error') ? 1 : 0,
  };
}

async function describePostgres({ db }: Context): Promise<Finding> {
  const { rows } = await sql<{
    version: string;
  }>`select current_setting('server_version') as version`.execute(db);
  return { name: 'PostgreSQL', state: 'ok', message: rows[0]?.version ?? '' };
}

async function checkClock({ db }: Context): Promise<Finding> {
  const ahead_ms = await measureClockSkew(db);
  const problem = describeClockSkew(ahead_ms);
  const isNear = Math.abs(ahead_ms) < MAX_CLOCK_SKEW_MS;
  return {
    name: 'clock',
    state: problem ? 'error' : isNear ? 'ok' : 'warning',
    message: problem ?? `differs from the database's by ${Math.abs(ahead_ms)} ms`,
  };
}

async function checkIdentity({ db }: Context): Promise<Finding> {
  const move = await detectMove(db);
  return {
    name: 'identity',
    state: move ? 'error' : 'ok',
    message: move ? explainMove(move) : 'the database was not moved',
  };
}

/** Compares the connections that a process may open with the limits of the server, the role and the database. */
async function checkConnections({ db, config }: Context): Promise<Finding> {
  const { main, votes, queue } = config.connections;
  const needed = main + votes + queue;
  const { rows } = await sql<{ room: number; free: number }>`
    select least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        nullif((select rolconnlimit from pg_roles where rolname = current_user), -1),
        nullif((select datconnlimit from pg_database where datname = current_database()), -1)) as room,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - (select count(*) from pg_stat_activity where backend_type = 'client backend')::int as free`.execute(
    db,
  );
  const { room = 0, free = 0 } = rows[0] ?? {};
  const message = `a process opens at most ${needed} (${main}, votes ${votes}, queue ${queue}); the limit is ${room}, ${free} are free`;
  return needed > room
    ? {
        name: 'connections',
        state: 'error',
        message: `${message}: lower DATABASE_POOL or raise the limit`,
      }
    : { name: 'connections', state: needed > free ? 'warning' : 'ok', message };
}

function checkPublicUrl({ config }: Context): Finding {
  const isValid = !config.resendApiKey || config.publicUrl.startsWith('https:');
  return {
    name: 'PUBLIC_URL',
    state: isValid ? 'ok' : 'error',
    message: `${config.publicUrl}${isValid ? '' : '; must be https'}`,
  };
}

function describeStudio({ config }: Context): Finding {
  const { studio, studioOrigin, staffEmails, staffAdmins } = config;
  const messages = {
    off: 'off',
    loopback: 'for browsers on this machine only',
    'sign-in': `${studioOrigin}/studio, for ${staffEmails.length} who sign in, ${staffAdmins.length} as admin`,
  };
  return { name: 'studio', state: 'ok', message: messages[studio] };
}

function checkProvider({ config }: Context): Finding {
  return {
    name: 'mail',
    state: 'ok',
    message: config.resendApiKey
      ? `Resend, from ${config.mailFrom}`
      : 'the local outbox; nothing leaves this machine',
  };
}

async function checkContent({ db }: Context): Promise<Finding> {
  const { count } = await db
    .selectFrom('comparisons')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return {
    name: 'content',
    state: count > 0 ? 'ok' : 'warning',
    message:
      count > 0 ? `${count} comparisons` : 'no comparisons; import some with `verdicts content import FILE`',
  };
}

async function checkReaders({ db }: Context): Promise<Finding> {
  const { count } = await db
    .selectFrom('subscribers')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '=', 'active')
    .executeTakeFirstOrThrow();
  return { name: 'readers', state: count > 0 ? 'ok' : 'warning', message: `${count} active` };
}

async function checkIssues({ db }: Context): Promise<Finding> {
  const stopped = await db
    .selectFrom('issues')
    .select(['week', 'status', 'status_reason'])
    .where('status', 'in', ['paused', 'held'])
    .execute();
  const messages = stopped.map(
    ({ week, status, status_reason }) => `${week} is ${status}: ${status_reason ?? ''}`,
  );
  return {
    name: 'issues',
    state: stopped.length > 0 ? 'warning' : 'ok',
    message: messages.join('; ') || 'none held or paused',
  };
}

/** Conditions that need a person: a refused key or domain, and mails with an unknown outcome. */
async function checkSending({ db }: Context): Promise<Finding> {
  const { stopped_reason } = await db
    .selectFrom('send_rate')
    .select('stopped_reason')
    .executeTakeFirstOrThrow();
  if (stopped_reason !== null) {
    return { name: 'sending', state: 'error', message: `all sending is stopped: ${stopped_reason}` };
  }
  const unknown = await db
    .selectFrom('batches')
    .innerJoin('deliveries', 'deliveries.batch_id', 'batches.id')
    .innerJoin('issues', 'issues.id', 'batches.issue_id')
    .select(({ fn }) => ['week', fn.countAll<number>().as('count')])
    .where('batches.status', '=', 'unknown')
    .where('deliveries.status', '=', 'unknown')
    .groupBy('week')
    .orderBy('week')
    .execute();
  const messages = unknown.map(({ week, count }) => `${count} mails of ${week} have an unknown outcome`);
  return {
    name: 'sending',
    state: unknown.length > 0 ? 'warning' : 'ok',
    message: messages.join('; ') || 'no mail has an unknown outcome',
  };
}
