import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../support/free-port.ts';
import { spawnVerdicts } from '../support/run-verdicts.ts';
import { createTestDatabase } from '../support/test-database.ts';

test('a client that does not finish its request’s head is disconnected', { timeout: 60_000 }, async () => {
  const { url } = await createTestDatabase();
  const port = await findFreePort();
  const web = spawnVerdicts(['start', '--only', 'web'], { DATABASE_URL: url, PORT: String(port) });
  onTestFinished(() => void web.process.kill('SIGKILL'));
  await expect.poll(web.stdout, { timeout: 20_000 }).toContain('is running');
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});
