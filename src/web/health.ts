import { sql } from 'kysely';
import { listPendingMigrations } from '../database.ts';
import type { PageContext } from './page.tsx';

/** The process answers. */
export function healthz(c: PageContext) {
  return c.json({ status: 'ok' });
}

/** The process can do its work: the database answers and has every table. */
export async function readyz(c: PageContext) {
  const { db, log } = c.get('context');
  try {
    await sql`select 1`.execute(db);
    const pending = await listPendingMigrations(db);
    return pending.length === 0
      ? c.json({ status: 'ok' })
      : c.json({ status: 'migrations are pending', pending }, 503);
  } catch (error) {
    log.warn({ err: error }, 'not ready');
    return c.json({ status: 'the database cannot be reached' }, 503);
  }
}
