import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { nl } from 'zod/locales';
import { expect, test } from 'vitest';
import { BUILD } from '../support/build.ts';
import { buildIsReady } from '../support/shared.ts';

await buildIsReady();

test('no process loads zod’s messages in forty languages, four fifths of it', () => {
  const { localeError } = nl();
  expect(localeError({ code: 'custom', input: '', path: [], message: '' })).toBe('Ongeldige invoer');
  const chunks = globSync('{src,chunks}/**/*.js', { cwd: BUILD }).map((file) =>
    readFileSync(path.join(BUILD, file), 'utf8'),
  );
  expect(chunks.length).toBeGreaterThan(50);
  expect(chunks.filter((chunk) => chunk.includes('Ongeldige'))).toEqual([]);
});
