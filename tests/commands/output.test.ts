import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { BUILD } from '../support/build.ts';
import { findFreePort } from '../support/free-port.ts';
import { buildIsReady } from '../support/shared.ts';
import { seedReaders } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';

await buildIsReady();

/** Runs a command with the shell's redirections. */
function runInShell(command: string, env: Record<string, string>) {
  const child = spawn('sh', ['-c', `exec ${process.execPath} ${BUILD}/src/verdicts.js ${command}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'error', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { stderr: text(child.stderr), ended: once(child, 'exit') as Promise<[code: number]> };
}

// Linux's /dev/full behaves like a full disk.
test.each(['subscribers export', 'subscribers export --jsonl', 'issue list --json', 'doctor'])(
  '`%s` fails with a message when its output cannot be written',
  async (command) => {
    const { url, db } = await createTestDatabase();
    await seedReaders(db, 1);
    const { stderr, ended } = runInShell(`${command} > /dev/full`, { DATABASE_URL: url });
    expect(await ended).toEqual([1, null]);
    expect(await stderr).toMatch(/^Standard output could not be written \(ENOSPC\).*\n$/);
  },
);

test('a server keeps running when its output cannot be written', async () => {
  const { url } = await createTestDatabase();
  const port = await findFreePort();
  runInShell('start --only web > /dev/full 2> /dev/full', {
    DATABASE_URL: url,
    PORT: String(port),
    RESEND_API_KEY: 're_a_key_that_is_never_used',
    RESEND_WEBHOOK_SECRET: 'whsec_c2V2ZXJhbCBtYWNoaW5lcyBhbmQgb25lIG91dGJveA==',
    PUBLIC_URL: 'https://verdicts.example.net',
    MAIL_FROM: 'Weekly Verdicts <verdicts@mail.example.net>',
    POSTAL_ADDRESS: 'Weekly Verdicts, 1 Example Street, 00000 Anytown',
    LINK_SECRET: 'a secret for links that is long enough for one',
  });
  const healthOf = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
  await expect.poll(() => healthOf().catch(() => 0), { timeout: 15_000 }).toBe(200);
});
