import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { nl } from 'zod/locales';
import { expect, test } from 'vitest';
import { BUILD } from '../support/build.ts';
import { runVerdicts } from '../support/run-verdicts.ts';
import { createEmptyDatabase } from '../support/test-database.ts';
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

/** Reports each migration that a process loads. */
const REPORT_MIGRATIONS = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    load: (url, context, next) => {
      if (url.includes('/migrations/')) process.stderr.write('loaded ' + url + '\\n');
      return next(url, context);
    },
  });
`)}`;

test('only a process that has to apply migrations loads them', async () => {
  const env = { DATABASE_URL: await createEmptyDatabase(), NODE_OPTIONS: `--import ${REPORT_MIGRATIONS}` };
  const first = await runVerdicts(['migrate'], env);
  expect(first).toMatchObject({ code: 0, stderr: expect.stringMatching(/loaded .*-content\.js/) });
  expect(await runVerdicts(['migrate'], env)).toMatchObject({ code: 0, stderr: '' });
});
