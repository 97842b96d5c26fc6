import { expect, test } from 'vitest';
import { createTestDatabase } from '../../support/test-database.ts';
import { mailTo, startOutbox } from './start-outbox.ts';
import { deliver, startReceiver } from './start-receiver.ts';
test('bench', async () => {
  const { db } = await createTestDatabase();
  const { received, webhookUrl } = await startReceiver();
  const { resend, outbox, origin } = await startOutbox(db, { webhookUrl });
  for (let b = 0; b < 30; b++) {
    const mails = Array.from({ length: 100 }, (_, i) => ({ ...mailTo(`r${b}-${i}@example.net`), html: Buffer.from(Array.from({length: 45000}, () => Math.random()*256)).toString('base64'), headers: {a: 'b'} }));
    const t = performance.now();
    const r = await resend.batch.send(mails, { idempotencyKey: `k${b}` });
    if (b % 10 === 0) console.log('batch ms', performance.now() - t, r.error);
  }
  let t = performance.now();
  deliver(outbox);
  await expect.poll(() => received.length, { timeout: 60000, interval: 20 }).toBe(6000);
  console.log('webhooks/s', 6000 / (performance.now() - t) * 1000);
  t = performance.now(); await (await fetch(`${origin}/outbox?q=r29-5`)).text(); console.log('page ms', performance.now() - t);
}, 120000);
