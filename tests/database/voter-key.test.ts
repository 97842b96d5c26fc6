import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { loadInstallation, voterKey, voterKeySql } from '../../src/installation/installation.ts';
import { createTestDatabase } from '../support/test-database.ts';

test('a voter’s key is the same in SQL', async () => {
  const { db } = await createTestDatabase();
  const installation = await loadInstallation(db);
  const ids = [1, 42, 10_000_000, Number.MAX_SAFE_INTEGER];
  const { rows } = await sql<{ key: Buffer }>`
    select ${voterKeySql(installation, sql`id`)} as key from unnest(${ids}::bigint[]) with ordinality as reader (id, place)
    order by place`.execute(db);
  expect(rows.map(({ key }) => key.toString('hex'))).toEqual(
    ids.map((id) => voterKey(installation, id).toString('hex')),
  );
});
