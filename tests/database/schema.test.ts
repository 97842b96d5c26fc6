import { sql } from 'kysely';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/test-database.ts';

test('the handwritten table types match the columns of the migrated database exactly', async () => {
  const { db } = await createTestDatabase();
  const tables = await db.introspection.getTables();
  const { rows: partitions } = await sql<{ name: string }>`
    select relname as name from pg_class where relispartition`.execute(db);
  const isPartition = new Set(partitions.map(({ name }) => name));
  const inDatabase = tables
    .filter((table) => ['public', 'outbox'].includes(table.schema ?? '') && !table.name.startsWith('kysely_'))
    .filter((table) => !isPartition.has(table.name))
    .map((table) => ({
      name: table.schema === 'public' ? table.name : `${table.schema}.${table.name}`,
      columns: table.columns
        .map((column) => `${column.name}${column.isNullable ? ' or null' : ''}`)
        .toSorted(),
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
  expect(readTypes()).toEqual(inDatabase);
});

function readTypes() {
  const source = readFileSync(new URL('../../src/database/schema.ts', import.meta.url), 'utf8');
  const listed = /interface Database \{([^}]*)\}/.exec(source)?.[1] ?? '';
  return [...listed.matchAll(/'?([\w.]+)'?: (\w+);/g)]
    .map(([, name = '', type = '']) => ({ name, columns: readColumns(source, type) }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function readColumns(source: string, type: string): string[] {
  const body = new RegExp(`interface ${type} \\{\\n((?:.|\\n)*?)\\n\\}`).exec(source)?.[1] ?? '';
  return [...body.matchAll(/^ {2}(\w+): (.*);$/gm)]
    .map(
      ([, name = '', columnType = '']) =>
        `${name}${/\bnull\b|unknown/.test(readPart(columnType)) ? ' or null' : ''}`,
    )
    .toSorted();
}

/** The type that a select returns: the first parameter of a ColumnType; Json counts as not null. */
function readPart(columnType: string): string {
  return columnType.startsWith('Json') ? '' : columnType.replace(/^ColumnType<([^,]*),.*$/, '$1');
}
