import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import hashes from '../../migrations/hashes.json' with { type: 'json' };
import schema from '../../migrations/schema.json' with { type: 'json' };
import { readSchema } from '../../src/database/read-schema.ts';
import { createTestDatabase } from '../support/test-database.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = `${ROOT}migrations`;

const hashOf = (source: string) => createHash('sha256').update(source).digest('hex');
const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });

function listMigrations(commit: string): { name: string; blob: string }[] {
  return git('ls-tree', commit, 'migrations/')
    .split('\n')
    .flatMap((line) => {
      const [, blob = '', name] = /^\d+ blob (\w+)\tmigrations\/(.+)\.ts$/.exec(line) ?? [];
      return name === undefined ? [] : [{ name, blob }];
    });
}

test('every migration matches its hash in hashes.json', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));
  const found = files.map((name) => [
    name.replace(/\.ts$/, ''),
    hashOf(readFileSync(`${FOLDER}/${name}`, 'utf8')),
  ]);
  expect(Object.fromEntries(found)).toEqual(hashes);
});

test.skipIf(!existsSync(`${ROOT}.git`))(
  'no commit changed a migration or removed a hash after it had landed',
  () => {
    const commits = git('log', '--format=%h', '--', 'migrations/hashes.json').split('\n').filter(Boolean);
    const hashOfBlob = new Map<string, string>();
    for (const commit of commits) {
      const landed = JSON.parse(git('show', `${commit}:migrations/hashes.json`)) as Record<string, string>;
      expect(hashes, commit).toMatchObject(landed);
      for (const { name, blob } of listMigrations(commit)) {
        const hash = hashOfBlob.get(blob) ?? hashOf(git('cat-file', 'blob', blob));
        hashOfBlob.set(blob, hash);
        expect(hash, `${name} at ${commit}`).toBe(landed[name]);
      }
    }
  },
);

test('a migrated database has the schema of schema.json', async () => {
  const { db } = await createTestDatabase();
  expect(await readSchema(db)).toEqual(schema);
});
