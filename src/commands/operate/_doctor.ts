import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { describeClockSkew, measureClockSkew } from '../../database/clock-skew.ts';
import type { AppError } from '../../errors.ts';
import { explainMove, detectMove } from '../../database/identity.ts';
import type { Outcome } from '../frame/command.ts';
import { table } from '../frame/command.ts';
import type { Session } from '../frame/session.ts';

interface Finding {
  name: string;
  state: 'ok' | 'look' | 'wrong';
  words: string;
}

const MAX_CLOCK_SKEW_MS = 5_000;

/** What an operator would look at first; exit code 1 when something is wrong. */
export async function runDiagnostics({ context }: Session): Promise<Outcome> {
  return report([
    await describePostgres(context),
    { name: 'schema', state: 'ok', words: 'tables and queues are those of this version' },
    await checkIdentity(context),
    await checkClock(context),
    await checkConnections(context),
    checkAddress(context),
    checkProvider(context),
    await checkContent(context),
    await checkReaders(context),
    await checkNotices(context),
    await checkSending(context),
  ]);
}

/** What kept it from looking at anything else. */
export function describeRefusal({ message, problems }: AppError): Outcome {
  return report([
    { name: 'database', state: 'wrong', words: message },
    ...problems.map((words): Finding => ({ name: '', state: 'wrong', words })),
  ]);
}

function report(findings: Finding[]): Outcome {
  const rows = findings.map(({ name, state, words }) => [state, name, words]);
  return {
    json: { findings },
    text: table(rows),
    exitCode: findings.some(({ state }) => state === 'wrong') ? 1 : 0,
  };
}

async function describePostgres({ db }: Context): Promise<Finding> {
  const { rows } = await sql<{
    version: string;
  }>`select current_setting('server_version') as version`.execute(db);
  return { name: 'PostgreSQL', state: 'ok', words: rows[0]?.version ?? '' };
}

async function checkClock({ db }: Context): Promise<Finding> {
  const ahead_ms = await measureClockSkew(db);
  const problem = describeClockSkew(ahead_ms);
  const isNear = Math.abs(ahead_ms) < MAX_CLOCK_SKEW_MS;
  return {
    name: 'clock',
    state: problem ? 'wrong' : isNear ? 'ok' : 'look',
    words: problem ?? `${Math.abs(ahead_ms)} ms from the database's`,
  };
}

async function checkIdentity({ db }: Context): Promise<Finding> {
  const move = await detectMove(db);
  return {
    name: 'place',
    state: move ? 'wrong' : 'ok',
    words: move ? explainMove(move) : 'the database is where it was',
  };
}

/** What a process of ours may open, against what the server, the role and the database have room for. */
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
  const words = `a process opens at most ${needed} (${main}, votes ${votes}, queue ${queue}); there is room for ${room}, ${free} are free`;
  return needed > room
    ? {
        name: 'connections',
        state: 'wrong',
        words: `${words}: make DATABASE_POOL smaller, or the limit larger`,
      }
    : { name: 'connections', state: needed > free ? 'look' : 'ok', words };
}

function checkAddress({ config }: Context): Finding {
  const isFine = !config.resendApiKey || config.publicUrl.startsWith('https:');
  return {
    name: 'PUBLIC_URL',
    state: isFine ? 'ok' : 'wrong',
    words: `${config.publicUrl}${isFine ? '' : '; readers need https'}`,
  };
}

function checkProvider({ config }: Context): Finding {
  return {
    name: 'mail',
    state: 'ok',
    words: config.resendApiKey
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
    state: count > 0 ? 'ok' : 'look',
    words: count > 0 ? `${count} comparisons` : 'no comparison; `verdicts content import FILE`',
  };
}

async function checkReaders({ db }: Context): Promise<Finding> {
  const { count } = await db
    .selectFrom('subscribers')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '=', 'active')
    .executeTakeFirstOrThrow();
  return { name: 'readers', state: count > 0 ? 'ok' : 'look', words: `${count} active` };
}

async function checkNotices({ db }: Context): Promise<Finding> {
  const stuck = await db
    .selectFrom('issues')
    .select(['week', 'status', 'status_reason'])
    .where('status', 'in', ['paused', 'held'])
    .execute();
  const words = stuck.map(
    ({ week, status, status_reason }) => `${week} is ${status}: ${status_reason ?? ''}`,
  );
  return {
    name: 'issues',
    state: stuck.length > 0 ? 'look' : 'ok',
    words: words.join('; ') || 'none is held or paused',
  };
}

/** What nobody will mend but a person: a refused key or domain, and mails whose fate nobody knows. */
async function checkSending({ db }: Context): Promise<Finding> {
  const { stopped_reason } = await db
    .selectFrom('send_rate')
    .select('stopped_reason')
    .executeTakeFirstOrThrow();
  if (stopped_reason !== null) {
    return { name: 'sending', state: 'wrong', words: `everything is stopped: ${stopped_reason}` };
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
  const words = unknown.map(({ week, count }) => `${count} mails of ${week} have an unknown outcome`);
  return {
    name: 'sending',
    state: unknown.length > 0 ? 'look' : 'ok',
    words: words.join('; ') || 'no mail has an unknown outcome',
  };
}
