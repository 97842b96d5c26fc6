import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The tag or commit of the previous release according to CHANGELOG.md; undefined if neither is in this repository. */
export function findPreviousRelease(): string | undefined {
  const changelog = readFileSync(`${ROOT}CHANGELOG.md`, 'utf8');
  const [, previous] = [...changelog.matchAll(/^## \[(\d+\.\d+\.\d+)\][^]*?(?=^## |$(?![^]))/gm)];
  const [text = '', version] = previous ?? [];
  const commit = /Commit `([0-9a-f]{40})`/.exec(text)?.[1];
  return [`v${version}`, commit].find((name) => name !== undefined && exists(name));
}

function exists(commit: string): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: ROOT, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Release {
  /** Resolves with the exit code. */
  run: (args: string[], env: Record<string, string>) => Promise<number | null>;
  spawn: (
    args: string[],
    env: Record<string, string>,
  ) => { process: ChildProcess; waitUntilRunning: () => Promise<void> };
}

/** Checks a release out into a temporary folder; it uses the packages that are installed here. */
export function openRelease(commit: string): Release {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-release-'));
  const archive = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 1 << 28 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  // It uses our packages; those that only it needs are still development dependencies (csv-stringify, pg-cursor).
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const start = (args: string[], env: Record<string, string>) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/verdicts.ts', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', LOG_LEVEL: 'warn', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  return {
    run: async (args, env) => {
      const [code] = (await once(start(args, env), 'close')) as [number | null];
      return code;
    },
    spawn: (args, env) => {
      const child = start(args, env);
      let output = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
      return {
        process: child,
        waitUntilRunning: async () => {
          await expect.poll(() => output, { timeout: 30_000 }).toContain('is running');
        },
      };
    },
  };
}
