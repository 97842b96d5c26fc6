import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Options, Outcome } from './command.ts';
import { table } from './command.ts';
import type { Session } from './session.ts';

interface Finding {
  name: string;
  state: 'ok' | 'look' | 'wrong';
  words: string;
}

const MAX_CLOCK_SKEW_MS = 5_000;

/** What an operator would look at first; exit code 1 when something is wrong. */
export async function examine({ context }: Session, _: Options): Promise<Outcome> {
  const findings = [
    await describePostgres(context),
    await checkClock(context),
    checkAddress(context),
    checkProvider(context),
    await checkContent(context),
    await checkReaders(context),
    await checkNotices(context),
    await checkSending(context),
  ];
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

async function checkClock({ db, now }: Context): Promise<Finding> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  const skew = Math.abs(now().getTime() - (rows[0]?.now.getTime() ?? 0));
  return {
    name: 'clock',
    state: skew < MAX_CLOCK_SKEW_MS ? 'ok' : 'wrong',
    words: `${skew} ms from the database's`,
  };
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
