import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { seedContent } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

/** Asks for a page this many times, while its rendering waits for all requests, and counts the connections that this takes. */
async function ask({ context, request, server }: TestApp, path: string, times: number) {
  let connections = 0;
  let asked = 0;
  const { promise: allAsked, resolve } = Promise.withResolvers<void>();
  const countRequests = () => (asked += 1) === times && resolve();
  const countConnections = () => connections++;
  server.on('request', countRequests);
  const { answers } = await context.preparedDb.transaction().execute(async (tx) => {
    await sql`lock table archive_entries in access exclusive mode`.execute(tx);
    context.pool.on('acquire', countConnections);
    const waiting = Array.from({ length: times }, () => request(path));
    await allAsked;
    // What comes before the rendering takes a few steps of the event loop.
    await sleep(500);
    // In an object, so that nobody awaits them yet: they come once the lock is gone.
    return { answers: Promise.all(waiting) };
  });
  const responses = await answers;
  context.pool.off('acquire', countConnections);
  server.off('request', countRequests);
  return {
    connections,
    answers: responses,
    bodies: await Promise.all(responses.map((response) => response.text())),
  };
}

test('simultaneous requests for a page share a rendering; a later one sees what has changed', async () => {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await app.request('/comparisons');
  const one = await ask(app, '/comparisons', 1);
  const many = await ask(app, '/comparisons', 40);
  expect(one.connections).toBeGreaterThan(0);
  expect(many.connections).toBeLessThan(3 * one.connections);
  for (const [index, answer] of many.answers.entries()) {
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.get('ETag')).toBe(one.answers[0]?.headers.get('ETag'));
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    expect(many.bodies[index]).toContain('</html>');
  }
  const { slug } = await app.context.db.selectFrom('comparisons').select('slug').executeTakeFirstOrThrow();
  const page = async () => (await app.request(`/comparisons/${slug}`)).text();
  expect(await page()).not.toContain('Which one stays?');
  await app.context.db.updateTable('comparisons').set({ question: 'Which one stays?' }).execute();
  expect(await page()).toContain('Which one stays?');
});
