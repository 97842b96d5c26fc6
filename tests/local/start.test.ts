import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../support/free-port.ts';
import { runVerdicts, spawnVerdicts } from '../support/run-verdicts.ts';

/** Only its owner may enter the folder; if that is root, PostgreSQL runs as somebody else. */
async function createFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 100 }));
  const env = { PORT: String(await findFreePort()) };
  return { folder, env, start: (...args: string[]) => spawnVerdicts(['start', ...args], env, folder) };
}

/** The pid in PostgreSQL's own pid file; 0 when it does not run. */
function postgresPid(folder: string): number {
  const file = path.join(folder, '.local/postgres/postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
}

const isAlive = (pid: number) => {
  try {
    return pid > 0 && !readlinkSync(`/proc/${pid}/exe`).includes('(deleted)');
  } catch {
    return false;
  }
};

test(
  'start without settings sets up everything, keeps the data over restarts, changes nothing if its port is in use, and leaves nothing running',
  { timeout: 120_000 },
  async () => {
    const { folder, env, start } = await createFolder();
    const first = start();
    await expect.poll(first.stdout, { timeout: 60_000 }).toContain(`http://localhost:${env.PORT}`);
    const home = await (await fetch(`http://127.0.0.1:${env.PORT}/`)).text();
    expect(home).toContain('Demo.');
    const pid = postgresPid(folder);
    expect(isAlive(pid)).toBe(true);

    const other = await runVerdicts(['issue', 'list', '--json'], env, folder);
    expect(JSON.parse(other.stdout)).toMatchObject([
      { status: 'draft' },
      { status: 'sent' },
      { status: 'sent' },
    ]);
    const elsewhere = await runVerdicts(['issue', 'preview', 'latest', '--out', folder], {}, folder);
    expect(elsewhere.code).toBe(0);
    expect(readFileSync(path.join(folder, 'issue.txt'), 'utf8')).toContain(`http://localhost:${env.PORT}/v/`);
    const results = await (await fetch(`http://127.0.0.1:${env.PORT}/results`)).text();
    const week = /\/results\/(\d{4}-W\d{2})/.exec(results)?.[1] ?? '';
    const tally = JSON.parse((await runVerdicts(['votes', 'tally', week, '--json'], {}, folder)).stdout);
    for (const { ship, skip, held } of tally.tallies) {
      expect(ship + skip).toBeGreaterThanOrEqual(40);
      expect(held).toBe(0);
    }
    expect(await runVerdicts(['doctor'], {}, folder)).toMatchObject({
      stdout: expect.stringContaining(`http://localhost:${env.PORT}`),
    });
    expect(await runVerdicts(['start'], { PORT: '0' }, folder)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Another `start` is running'),
    });

    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);

    const second = start();
    await expect
      .poll(() => second.stdout() + second.stderr() + String(second.process.exitCode), { timeout: 20_000 })
      .toContain('is running');
    expect(second.stderr()).not.toContain('Loading the demo');
    const pages = await (await fetch(`http://127.0.0.1:${env.PORT}/`)).text();
    expect(pages).toContain('Demo.');
    const secondPid = postgresPid(folder);
    second.process.kill('SIGKILL');
    await second.ended;
    await expect.poll(() => isAlive(secondPid), { timeout: 10_000 }).toBe(false);

    const occupier = createServer().listen(Number(env.PORT), '127.0.0.1');
    await once(occupier, 'listening');
    expect(await runVerdicts(['start', '--empty'], env, folder)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^Cannot listen on 127.0.0.1:\d+ \(EADDRINUSE\); set PORT to a free one.\n$/,
      ),
    });
    occupier.close();
    await once(occupier, 'close');

    // So the refused start has not set the demo aside.
    const empty = start('--empty');
    await expect.poll(empty.stdout, { timeout: 60_000 }).toContain('is running');
    expect(empty.stderr()).toContain('kept as the database demo_');
    expect(await (await fetch(`http://127.0.0.1:${env.PORT}/`)).text()).not.toContain('Demo.');
    empty.process.kill('SIGINT');
    expect(await empty.ended).toBe(0);
    const listed = await runVerdicts(['issue', 'list'], env, folder);
    expect(listed).toEqual({ code: 0, stdout: 'No issues yet.\n', stderr: '' });
    await expect.poll(() => isAlive(postgresPid(folder)), { timeout: 10_000 }).toBe(false);
  },
);
