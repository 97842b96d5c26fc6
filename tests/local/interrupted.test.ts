import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openLocalPostgres } from '../../src/local/postgres/postgres.ts';
import { createDataDirectory } from '../support/data-directory.ts';
import { runVerdicts } from '../support/run-verdicts.ts';

test('a file of the local PostgreSQL that is empty or gone is named, and nothing is started', async () => {
  const home = createDataDirectory('weekly-verdicts-state-');
  writeFileSync(path.join(home, 'postgres.json'), '');
  await expect(openLocalPostgres(home)).rejects.toThrow('postgres.json, which has the password');
  const other = createDataDirectory('weekly-verdicts-state-');
  mkdirSync(path.join(other, 'postgres'));
  await expect(openLocalPostgres(other)).rejects.toThrow('is missing');
});

test(
  'a first start that was interrupted begins again; a copy of the folder is not the original; a command that fails ends',
  { timeout: 60_000 },
  async () => {
    const folder = createDataDirectory('weekly-verdicts-first-');
    const home = path.join(folder, '.local');
    // initdb writes this file first.
    mkdirSync(path.join(home, 'postgres.new'), { recursive: true });
    writeFileSync(path.join(home, 'postgres.new/PG_VERSION'), '18\n');
    const postgres = await openLocalPostgres(home, ['fsync=off']);
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    await client.query('create table subscribers (id integer)');

    const copy = createDataDirectory('weekly-verdicts-copy-');
    mkdirSync(path.join(copy, '.local/postgres'), { recursive: true });
    writeFileSync(path.join(copy, '.local/postgres.json'), readFileSync(path.join(home, 'postgres.json')));
    const inCopy = await openLocalPostgres(path.join(copy, '.local'), ['fsync=off']);
    expect(inCopy.url).not.toBe(postgres.url);
    inCopy.close();

    const { code, stdout } = await runVerdicts(['doctor'], {}, folder);
    expect([code, stdout]).toEqual([1, expect.stringContaining('subscribers')]);
    await client.end();
    postgres.close();
  },
);
