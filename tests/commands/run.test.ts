import { execFile, execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILDS = `${ROOT}node_modules/.cache/weekly-verdicts`;
const COPIED = [
  'src',
  'jobs',
  'emails',
  'migrations',
  'esbuild.config.ts',
  'package.json',
  'package-lock.json',
];

/** Makes every interval 50 ms, keeps the process alive for two seconds, and prints the name of its build. */
const SHORT_INTERVALS = `data:text/javascript,${encodeURIComponent(`
  import fs, { utimesSync } from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const touch = utimesSync;
  fs.utimesSync = (file, ...times) => { console.log(file); touch(file, ...times); };
  syncBuiltinESMExports();
  const wait = setInterval; globalThis.setInterval = (act) => wait(act, 50); setTimeout(() => {}, 2_000);
`)}`;

test('a build that a process uses is never so old that it is removed', { timeout: 60_000 }, async () => {
  const run = () =>
    promisify(execFile)(process.execPath, ['--import', SHORT_INTERVALS, 'src/run.js', 'keys', 'rotate'], {
      cwd: ROOT,
    });
  // Other tests may run other builds at the same time.
  const [build = ''] = (await run()).stdout.split('\n');
  const running = run();
  await sleep(1_000);
  utimesSync(build, 0, 0);
  await running;
  expect(Date.now() - statSync(build).mtimeMs).toBeLessThan(60_000);
});

test('a build is made once, and again when a source has changed', { timeout: 60_000 }, () => {
  const tree = mkdtempSync(path.join(tmpdir(), 'weekly-verdicts-run #1 50%20-'));
  COPIED.forEach((name) => cpSync(path.join(ROOT, name), path.join(tree, name), { recursive: true }));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules'));
  const before = new Set(globSync('*', { cwd: BUILDS }));
  const made = () => globSync('*', { cwd: BUILDS }).filter((name) => !before.has(name));
  onTestFinished(() => {
    made().forEach((name) => rmSync(path.join(BUILDS, name), { recursive: true }));
    rmSync(tree, { recursive: true });
  });
  const help = () =>
    execFileSync(process.execPath, ['src/run.js', '--help'], { cwd: tree, encoding: 'utf8' });
  expect(help()).toContain('Usage: verdicts');
  expect(made()).toHaveLength(1);
  expect(help()).toContain('Usage: verdicts');
  expect(made()).toHaveLength(1);
  utimesSync(path.join(tree, 'src/errors.ts'), new Date(), new Date());
  expect(help()).toContain('Usage: verdicts');
  expect(made()).toHaveLength(2);
});
