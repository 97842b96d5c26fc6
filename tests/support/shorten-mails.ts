import { sql } from 'kysely';
import type { Db } from '../../src/database/connect.ts';
import { PLACEHOLDERS } from '../../src/issues/render/render.tsx';

/**
 * Shortens the mails of issues that are approved in this database from now on to a few hundred bytes with all personal
 * parts: for tests with thousands of mails, which are about who gets one and not about its content.
 */
export async function shortenMails(db: Db): Promise<void> {
  const { vote, preferences, unsubscribe } = PLACEHOLDERS;
  const text = `Vote /v/${vote}, choose /preferences/${preferences}, leave /unsubscribe/${unsubscribe}`;
  await sql`
    create function shorten_mail() returns trigger language plpgsql as $$
    begin
      new.html = ${sql.lit(`<p>${text}</p>`)};
      new.text = ${sql.lit(text)};
      return new;
    end $$`.execute(db);
  await sql`
    create trigger shorten_mail before insert on issue_renderings
    for each row execute function shorten_mail()`.execute(db);
}
