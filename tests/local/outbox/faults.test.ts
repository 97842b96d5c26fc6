import { expect, test } from 'vitest';
import { createTestDatabase } from '../../support/test-database.ts';
import type { CallFault } from '../../../src/local/outbox/store/faults.ts';
import { mailTo, post, startOutbox } from './start-outbox.ts';

const KEY = { idempotencyKey: 'batch-7' };
const NO_ANSWER = { name: 'application_error', statusCode: null };

test.each<[CallFault, object, number]>([
  [{ kind: 'lose-response', times: 1 }, NO_ANSWER, 1],
  [{ kind: 'broken-json', times: 1 }, NO_ANSWER, 1],
  [{ kind: 'hang', ms: 20, accepts: true, times: 1 }, NO_ANSWER, 1],
  [{ kind: 'hang', ms: 20, accepts: false, times: 1 }, NO_ANSWER, 0],
  [{ kind: 'error-500', times: 1 }, { name: 'internal_server_error', statusCode: 500 }, 0],
  [{ kind: 'error-500-after-accepting', times: 1 }, { name: 'internal_server_error', statusCode: 500 }, 1],
  [{ kind: 'rate-limit', times: 1 }, { name: 'rate_limit_exceeded', statusCode: 429 }, 0],
  [{ kind: 'daily-quota', times: 1 }, { name: 'daily_quota_exceeded', statusCode: 429 }, 0],
  [{ kind: 'monthly-quota', times: 1 }, { name: 'monthly_quota_exceeded', statusCode: 429 }, 0],
  [{ kind: 'unauthorized', times: 1 }, { name: 'missing_api_key', statusCode: 401 }, 0],
])('after %o a retry with the same key sends the mail once', async (fault, error, accepted) => {
  const { db } = await createTestDatabase();
  const { outbox, resend } = await startOutbox(db);
  outbox.faults.add(fault);
  const send = () => resend.emails.send(mailTo('ann@example.net'), KEY);
  expect((await send()).error).toMatchObject(error);
  expect(await db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(accepted);
  expect((await send()).error).toBeNull();
  expect(await db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(1);
});

test('a hanging call still accepts the mail after the caller gives up', async () => {
  const { db } = await createTestDatabase();
  const { outbox, resend } = await startOutbox(db);
  outbox.faults.add({ kind: 'hang', ms: 60_000, accepts: true, times: 1 });
  const mail = mailTo('ann@example.net');
  const aborted = await resend.emails.send(mail, { ...KEY, signal: AbortSignal.timeout(500) });
  expect(aborted.error).toMatchObject(NO_ANSWER);
  expect((await resend.emails.send(mail, KEY)).error).toBeNull();
  expect(await db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(1);
});

test('a slow call is answered after its delay', async () => {
  const { db } = await createTestDatabase();
  const { outbox, resend } = await startOutbox(db);
  outbox.faults.add({ kind: 'slow', ms: 200, times: 1 });
  const started_at_ms = performance.now();
  expect((await resend.emails.send(mailTo('ann@example.net'))).error).toBeNull();
  expect(performance.now() - started_at_ms).toBeGreaterThanOrEqual(195);
});

test('a fault set over HTTP applies to its number of calls, and the next fault to the calls after', async () => {
  const { db } = await createTestDatabase();
  const { baseUrl, resend } = await startOutbox(db);
  expect((await post(baseUrl, '/faults', { kind: 'error-500', times: 2 })).status).toBe(200);
  expect((await post(baseUrl, '/faults', { kind: 'daily-quota', times: 1 })).status).toBe(200);
  const answers = [];
  for (let call = 0; call < 4; call++) {
    answers.push((await resend.batch.send([mailTo('ann@example.net')])).error?.statusCode);
  }
  expect(answers).toEqual([500, 500, 429, undefined]);
});

test('an unknown fault is refused', async () => {
  const { db } = await createTestDatabase();
  const { baseUrl } = await startOutbox(db);
  expect((await post(baseUrl, '/faults', { kind: 'earthquake', times: 1 })).status).toBe(422);
  expect((await post(baseUrl, '/faults', 'nonsense')).status).toBe(422);
});
