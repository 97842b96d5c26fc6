import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
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

test('a build is made once, and again when a source has changed', { timeout: 60_000 }, () => {
  const tree = mkdtempSync(path.join(tmpdir(), 'weekly-verdicts-run-'));
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
