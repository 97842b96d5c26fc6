import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openLog } from '../../src/log.ts';
import { openTracing } from '../../src/tracing/tracing.ts';
import { seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';
import { sentIssue } from './sent.ts';

interface SentSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  status: { code?: number; message?: string };
  attributes: { key: string; value: { intValue?: number; stringValue?: string } }[];
}

/** Takes spans as a collector does: OTLP over HTTP, in JSON. */
async function startCollector() {
  const spans: SentSpan[] = [];
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as { resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[] };
    spans.push(...body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response
      .writeHead(request.url === '/v1/traces' ? 200 : 404, { 'Content-Type': 'application/json' })
      .end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans };
}

test(
  'one trace from the draft to the events, though each part may run in another process',
  { timeout: 60_000 },
  async () => {
    const { url, spans } = await startCollector();
    const app = await createTestApp({ OTEL_EXPORTER_OTLP_ENDPOINT: url, TRACED_EVENTS_PERCENT: '100' });
    const tracing = await openTracing(url, 'both', openLog('silent'));
    Object.assign(app.context, { tracing });
    await seedReaders(app.context.db, 3);
    await sentIssue(app);
    await tracing.close();
    const names = [...new Set(spans.map(({ name }) => name))];
    expect(names).toEqual(['draft', 'approve', 'prepare', 'send batch', 'event']);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const root = spans.find(({ name }) => name === 'draft');
    expect(root?.parentSpanId).toBeUndefined();
    const others = spans.filter((span) => span !== root);
    expect(new Set(others.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([root?.spanId]));
    expect(spans.filter(({ name }) => name === 'event')).toHaveLength(6);
    const batch = spans.find(({ name }) => name === 'send batch');
    const attributes = Object.fromEntries(
      (batch?.attributes ?? []).map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
    );
    expect(attributes).toMatchObject({ week: '2026-W48', mails: 3, result: 'accepted' });
    expect(JSON.stringify(spans)).not.toMatch(/@|re_|whsec/);
  },
);

test('an error is part of the trace, without the address in it', async () => {
  const { url, spans } = await startCollector();
  const tracing = await openTracing(url, 'worker', openLog('silent'));
  const issue = { installation: 'one', week: '2026-W48' };
  const failing = tracing.traceIssue(issue, 'prepare', () =>
    Promise.reject(new Error('no room for ann@example.net')),
  );
  await expect(failing).rejects.toThrow('ann@example.net');
  await tracing.close();
  expect(spans[0]?.status).toMatchObject({ code: 2, message: 'no room for [address]' });
});

test('a collector that cannot be reached costs nothing but its traces, and is logged', async () => {
  const lines: string[] = [];
  const log = openLog('warn', { write: (line: string) => lines.push(line) });
  const tracing = await openTracing('http://127.0.0.1:9', 'worker', log);
  const issue = { installation: 'one', week: '2026-W48' };
  expect(await tracing.traceIssue(issue, 'prepare', () => Promise.resolve(7))).toBe(7);
  await tracing.close();
  await expect.poll(() => lines.join(''), { timeout: 20_000 }).toContain('traces could not be sent');
});
