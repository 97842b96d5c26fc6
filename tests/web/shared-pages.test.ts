import { expect, test } from 'vitest';
import { seedContent } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

/** Asks for a page so often at once, and counts the connections to PostgreSQL that this takes. */
async function ask({ context, request }: TestApp, path: string, times: number) {
  let connections = 0;
  const count = () => connections++;
  context.pool.on('acquire', count);
  const answers = await Promise.all(Array.from({ length: times }, () => request(path)));
  context.pool.off('acquire', count);
  return { connections, answers, bodies: await Promise.all(answers.map((answer) => answer.text())) };
}

test('those who ask for a page at once share a rendering; whoever asks later sees what has changed', async () => {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await app.request('/comparisons');
  const one = await ask(app, '/comparisons', 1);
  const many = await ask(app, '/comparisons', 40);
  expect(one.connections).toBeGreaterThan(0);
  expect(many.connections).toBeLessThan(20 * one.connections);
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
