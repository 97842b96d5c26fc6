import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { readConfig } from '../../src/config/config.ts';
import { openContext } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { openLog } from '../../src/log.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { shortenMails } from '../support/shorten-mails.ts';

export const WEEK = '2026-W48';
export const NOW = new Date('2026-11-24T14:00:00Z');
const READERS = 245;

/**
 * A copy of `base` with an approved issue and readers for three batches, made once and copied for every combination.
 */
export async function makeTemplate(server: string, base: string): Promise<string> {
  const url = await copyDatabase(server, base);
  const context = await openContext(readConfig({ LOG_LEVEL: 'silent' }), url, undefined, {
    now: () => NOW,
    log: openLog('silent'),
  });
  await seedContent(context.db);
  await seedReaders(context.db, READERS);
  await varyReaders(context.db);
  await context.db
    .updateTable('installation')
    .set({ created_at: new Date('2026-01-01T00:00:00Z') })
    .execute();
  await shortenMails(context.db);
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await thinEvents(context.db);
  await context.close();
  return new URL(url).pathname.slice(1);
}

export async function copyDatabase(server: string, template: string): Promise<string> {
  const name = `crash_${randomBytes(6).toString('hex')}`;
  await administer(server, `create database ${name} template ${template} strategy file_copy`);
  return `${server}/${name}`;
}

export async function dropDatabase(url: string): Promise<void> {
  const [server = '', name] = url.split(/\/(?=[^/]*$)/);
  await administer(server, `drop database if exists ${name} with (force)`);
}

/** Some addresses bounce, complain or are suppressed at Resend; some readers are not eligible from the start. */
async function varyReaders(db: Db): Promise<void> {
  await sql`
    update subscribers set email = replace(email, 'delivered', (array['bounced', 'complained', 'suppressed'])[1 + id % 3])
    where id % 40 in (1, 2, 3)`.execute(db);
  await sql`update subscribers set status = 'pending', confirmed_at = null where id = 10`.execute(db);
  await sql`update subscribers set status = 'unsubscribed', unsubscribed_at = now() where id = 110`.execute(
    db,
  );
  await sql`
    update subscribers set status = 'suppressed', suppressed_at = now(), suppressed_reason = 'bounced'
    where id = 120`.execute(db);
  await sql`update subscribers set paused_until = '2027-01-01' where id = 230`.execute(db);
}

/**
 * Resend sends no events for most ordinary readers, which halves the time; their rows must be correct by our own
 * record.
 */
async function thinEvents(db: Db): Promise<void> {
  await sql`
    create function leave_out_event() returns trigger language plpgsql as $$ begin return null; end $$`.execute(
    db,
  );
  await sql`
    create trigger thin_events before insert on outbox.webhooks for each row
    when (new.payload like '%"delivered+%' and new.payload not like '%5@resend.dev"%') execute function leave_out_event()`.execute(
    db,
  );
}

/** For combinations in which only events can settle a mail: none may be missing. */
export async function stopDroppingEvents(db: Db): Promise<void> {
  await sql`drop trigger thin_events on outbox.webhooks`.execute(db);
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
