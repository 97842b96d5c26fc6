import { spawnSync } from 'node:child_process';
import { mkdtempSync, cpSync, mkdirSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

test.each([
  ['src/votes/x.ts', '../issues/issue.ts'],
  ['src/comparisons/x.ts', 'hono'],
  ['src/subscribers/x.ts', '../votes/tally.ts'],
  ['src/issues/x.ts', '../sending/rate.ts'],
  ['src/sending/x.ts', '../web/app.tsx'],
  ['src/sending/x.ts', '../../emails/weekly-issue.tsx'],
  ['src/stats/x.ts', '../comparisons/facts.ts'],
  ['src/x.ts', './issues/issue.ts'],
  ['src/database/x.ts', '../issues/issue.ts'],
  ['src/web/x.ts', '../../jobs/run/work.ts'],
  ['src/web/studio/x.ts', '../../commands/start.ts'],
  ['src/local/outbox/x.ts', '../../web/app.tsx'],
  ['jobs/x.ts', '../src/web/app.tsx'],
  ['emails/_parts/x.ts', '../../src/log.ts'],
  ['migrations/x.ts', '../src/log.ts'],
])('the lint refuses %s an import of %s', (file, imported) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-layers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(path.join(ROOT, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), `import { a } from '${imported}';\nexport const b = a;\n`);
  const lint = spawnSync(path.join(ROOT, 'node_modules/.bin/oxlint'), [], { cwd: folder, encoding: 'utf8' });
  expect(lint.stdout).toContain('no-restricted-imports');
  expect(lint.status).toBe(1);
});
