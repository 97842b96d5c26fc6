import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Resend } from 'resend';
import { expect, onTestFinished, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { listLanes } from '../../src/sending/lanes/lanes.ts';
import { openResendTransport } from '../../src/network/resend-transport.ts';
import { claimBatch } from '../../src/sending/submit/_claim-batch.ts';
import { loadCopy } from '../../src/sending/personalize/load-copy.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { submitBatch } from '../../src/sending/submit/_submit-batch.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const SLOT = { calls_per_second: 10, is_probe: false };

interface Call {
  method: string | undefined;
  path: string | undefined;
  headers: http.IncomingHttpHeaders;
  body: string;
}

async function listen(answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`;
}

async function createRecorder() {
  const calls: Call[] = [];
  const url = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      calls.push({ method, path, headers, body: Buffer.concat(chunks).toString('utf8') });
      response.setHeader('content-type', 'application/json').end('{"data":[]}');
    });
  });
  return { calls, url };
}

async function createClaimed(env: Record<string, string> = {}) {
  const app = await createTestApp(env);
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 40);
  await context.db
    .updateTable('subscribers')
    .set({ email: 'jürgen"s@müller.test.net' })
    .where('id', '=', 1)
    .execute();
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  const [lane] = listLanes(context.config);
  const batch = await claimBatch(context, 1, lane);
  return { ...app, batch: batch!, lane };
}

test.each([{}, { MAIL_REPLY_TO: 'editors@verdicts.test.net' }])(
  'the request equals the one that the SDK’s batch.send makes of the copies that staff preview (%o)',
  async (env) => {
    const { context, batch, lane } = await createClaimed(env);
    const { calls, url } = await createRecorder();
    const transport = openResendTransport('re_key', url);
    const permit = await transport.acquirePermit(context.stopping);
    await submitBatch({ ...context, transport }, batch, {
      lane,
      slot: SLOT,
      permit,
      claimed_at: context.now(),
    });
    transport.close();

    const issue = await getIssue(context.db, WEEK);
    const mails = await Promise.all(
      batch.members.map(async ({ subscriber_id, delivery_id, email }) => {
        const { reply_to, ...copy } = await loadCopy(context, issue, subscriber_id);
        const tags = {
          sender: context.installation.id,
          issue: WEEK,
          delivery: String(delivery_id),
          round: '1',
        };
        return {
          ...copy,
          ...(reply_to ? { replyTo: reply_to } : {}),
          to: email,
          tags: Object.entries(tags).map(([name, value]) => ({ name, value })),
        };
      }),
    );
    await new Resend('re_key', { baseUrl: url }).batch.send(mails, {
      idempotencyKey: batch.idempotency_key,
      batchValidation: 'permissive',
    });

    const [ours, theirs] = calls.map((call) => {
      // We do not ask for compression of a few hundred bytes, and body lengths differ by JSON formatting.
      const { 'accept-encoding': _, 'content-length': length, ...headers } = call.headers;
      expect(Number(length)).toBe(Buffer.byteLength(call.body));
      return { ...call, headers, body: JSON.parse(call.body) as unknown };
    });
    expect(ours?.path).toBe('/base/emails/batch');
    expect(ours).toEqual(theirs);
    const to = batch.members.map(({ email }) => email);
    expect(to).toContain('jürgen"s@müller.test.net');
  },
);

test('the same batch gives the same bytes, even after other batches were written', async () => {
  const { context, batch, lane } = await createClaimed();
  const { calls, url } = await createRecorder();
  const transport = openResendTransport('re_key', url);
  const again = { ...batch, members: batch.members.toReversed() };
  for (const attempt of [batch, again, batch]) {
    const permit = await transport.acquirePermit(context.stopping);
    await submitBatch({ ...context, transport }, attempt, {
      lane,
      slot: SLOT,
      permit,
      claimed_at: context.now(),
    });
    permit.release();
  }
  transport.close();
  expect(calls[0]?.body).toBe(calls[2]?.body);
  expect(calls[0]?.body).not.toBe(calls[1]?.body);
});

test('concurrent batches do not mix: each body is the same as when sent alone', async () => {
  const { context, batch, lane } = await createClaimed();
  const { calls, url } = await createRecorder();
  const transport = openResendTransport('re_key', url);
  const bytesOf = (body: string | undefined) =>
    createHash('sha256')
      .update(body ?? '')
      .digest('hex');
  const rotated = Array.from({ length: 40 }, (_, number) => ({
    ...batch,
    idempotency_key: String(number),
    members: [...batch.members.slice(number), ...batch.members.slice(0, number)],
  }));
  const send = async (one: typeof batch) => {
    const permit = await transport.acquirePermit(context.stopping);
    await submitBatch({ ...context, transport }, one, {
      lane,
      slot: SLOT,
      permit,
      claimed_at: context.now(),
    });
    // As sending does, long after the transport itself has passed the permit on.
    permit.release();
  };
  const order = (call: Call) => Number(call.headers['idempotency-key']);
  await Promise.all(rotated.map(send));
  const atOnce = calls.splice(0).toSorted((a, b) => order(a) - order(b));
  for (const one of rotated) {
    await send(one);
  }
  transport.close();
  expect(atOnce.map(({ body }) => bytesOf(body))).toEqual(calls.map(({ body }) => bytesOf(body)));
});

test('a mail larger than the transport’s buffer is sent completely', async () => {
  const { context, batch, lane } = await createClaimed();
  const { calls, url } = await createRecorder();
  const transport = openResendTransport('re_key', url);
  const long = 'x'.repeat(600_000);
  await context.db.updateTable('issue_renderings').set({ text: long }).execute();
  await submitBatch({ ...context, transport }, batch, {
    lane,
    slot: SLOT,
    permit: await transport.acquirePermit(context.stopping),
    claimed_at: context.now(),
  });
  transport.close();
  const mails = JSON.parse(calls[0]?.body ?? '[]') as { text: string }[];
  expect(mails).toHaveLength(40);
  expect(mails.every(({ text }) => text === long)).toBe(true);
});

test('one connection is reused for all batches, and replaced after a refusal before the end of the body', async () => {
  const { context, batch, lane } = await createClaimed();
  const ports = new Set<number | undefined>();
  let isRefusing = false;
  const url = await listen((request, response) => {
    ports.add(request.socket.remotePort);
    response.setHeader('content-type', 'application/json');
    if (isRefusing) {
      response.writeHead(401).end('{"name":"missing_api_key","statusCode":401,"message":""}');
    } else {
      request.resume().on('end', () => response.end('{"data":[]}'));
    }
  });
  const transport = openResendTransport('re_key', url);
  const send = async () => {
    const permit = await transport.acquirePermit(context.stopping);
    const answer = await submitBatch({ ...context, transport }, batch, {
      lane,
      slot: SLOT,
      permit,
      claimed_at: context.now(),
    });
    permit.release();
    return answer.kind;
  };
  const small = { ...batch, members: batch.members.slice(0, 3) };
  expect(small.members).toHaveLength(3);
  expect([await send(), await send()]).toEqual(['retry', 'retry']);
  expect(ports.size).toBe(1);
  isRefusing = true;
  expect(await send()).toBe('stop');
  isRefusing = false;
  expect(await send()).toBe('retry');
  expect(ports.size).toBe(2);
  transport.close();
});

test('a refused or broken connection is an uncertain outcome', async () => {
  const { context, batch, lane } = await createClaimed();
  const url = await listen((request) => request.once('data', () => request.socket.destroy()));
  for (const baseUrl of [url, 'http://127.0.0.1:9']) {
    const transport = openResendTransport('re_key', baseUrl);
    const answer = await submitBatch({ ...context, transport }, batch, {
      lane,
      slot: SLOT,
      permit: await transport.acquirePermit(context.stopping),
      claimed_at: context.now(),
    });
    expect(answer).toEqual({ kind: 'retry', reason: 'no response application_error' });
    transport.close();
  }
});

test('at most two bodies are written at a time, and aborting ends the wait for a permit', async () => {
  const transport = openResendTransport('re_key', 'http://127.0.0.1:9');
  const stopping = new AbortController();
  const first = await transport.acquirePermit(stopping.signal);
  await transport.acquirePermit(stopping.signal);
  let isAcquired = false;
  const third = transport.acquirePermit(stopping.signal).then((permit) => {
    isAcquired = true;
    return permit;
  });
  await new Promise(setImmediate);
  expect(isAcquired).toBe(false);
  first.release();
  expect((await third).buffer).toBe(first.buffer);
  // A second release by the first holder does not affect the third.
  first.release();
  const fourth = transport.acquirePermit(stopping.signal);
  stopping.abort();
  await expect(fourth).rejects.toThrow('aborted');
});

test('an endless response is cut off, and its outcome is uncertain', async () => {
  const { context, batch, lane } = await createClaimed();
  const url = await listen((request, response) => {
    request.resume();
    const more = setInterval(() => response.write('x'.repeat(65_536)), 1);
    response.on('close', () => clearInterval(more));
  });
  const transport = openResendTransport('re_key', url);
  const permit = await transport.acquirePermit(context.stopping);
  const started = performance.now();
  const answer = await submitBatch({ ...context, transport }, batch, {
    lane,
    slot: SLOT,
    permit,
    claimed_at: context.now(),
  });
  transport.close();
  expect(answer).toEqual({ kind: 'retry', reason: 'no response application_error' });
  // Long before the call's own time is over.
  expect(performance.now() - started).toBeLessThan(15_000);
});

test('a body that cannot be built ends only its own call, whose caller gets the error', async () => {
  const { calls, url } = await createRecorder();
  const transport = openResendTransport('re_test', url);
  onTestFinished(() => transport.close());
  const permit = await transport.acquirePermit(new AbortController().signal);
  function* body() {
    yield Buffer.from('[');
    throw new Error('no such secret');
  }
  const call = { path: '/emails/batch', headers: {}, body_bytes: 10, body: body(), timeout_ms: 5_000 };
  await expect(transport.post(call, permit)).rejects.toThrow('no such secret');
  expect(calls).toEqual([]);
});
