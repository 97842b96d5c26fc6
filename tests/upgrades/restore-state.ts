import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { createEmptyDatabase } from '../support/test-database.ts';

const FOLDER = new URL('states/', import.meta.url);

/** The commits with a stored database, by their first seven digits; `keep-state.ts` adds one. */
export const STATES = readdirSync(FOLDER)
  .map((name) => name.replace('.sql.gz', ''))
  .toSorted();

/** Restores a commit's database: an issue was sent to six readers, and two of them have voted. */
export async function restoreState(state: string): Promise<string> {
  const url = await createEmptyDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(gunzipSync(readFileSync(new URL(`${state}.sql.gz`, FOLDER))).toString('utf8'));
  await client.end();
  return url;
}

export async function query<Row extends pg.QueryResultRow>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Row>(statement).finally(() => client.end());
  return rows;
}
