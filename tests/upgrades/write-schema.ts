import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase, openPool } from '../../src/database/connect.ts';
import { openLocalPostgres } from '../../src/local/postgres/postgres.ts';

/*
 * Run after writing a new migration: adds its hash to migrations/hashes.json, and writes the schema that all migrations
 * create to migrations/schema.json. Existing hashes are not updated: a landed migration never changes. Run after writing a statement
 * that does something new with a table, too: writes what the database roles of web and workers are granted to migrations/grants.json.
 *
 *   node --import tsx tests/upgrades/write-schema.ts
 */
const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));
const HASHES = path.join(FOLDER, 'hashes.json');

const landed = JSON.parse(readFileSync(HASHES, 'utf8')) as Record<string, string>;
const found = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.ts'))
  .toSorted()
  .map((name) => [
    name.replace(/\.ts$/, ''),
    createHash('sha256')
      .update(readFileSync(path.join(FOLDER, name)))
      .digest('hex'),
  ]);
write(HASHES, { ...Object.fromEntries(found), ...landed });

// Imported only now, so that it reads the hashes that were just written.
const { migrateUp } = await import('../../src/migration/migrate.ts');
const { readSchema } = await import('../../src/database/read-schema.ts');
const home = mkdtempSync(path.join(tmpdir(), 'verdicts-schema-'));
chmodSync(home, 0o755);
const server = await openLocalPostgres(home, ['fsync=off']);
const db = openDatabase(openPool(server.url, 2));
await migrateUp(db);
const schema = Object.entries(await readSchema(db)).toSorted(([a], [b]) => (a < b ? -1 : 1));
write(path.join(FOLDER, 'schema.json'), Object.fromEntries(schema));
const { functionsNeeded, grantsNeeded } = await import('../architecture/table-rights.ts');
write(path.join(FOLDER, 'grants.json'), {
  web: await grantsNeeded(db, 'web'),
  worker: await grantsNeeded(db, 'worker'),
  functions: { web: await functionsNeeded(db, 'web'), worker: await functionsNeeded(db, 'worker') },
});
await db.destroy();
server.close();
rmSync(home, { recursive: true, maxRetries: 5 });

function write(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
