import { expect, test } from 'vitest';
import { createTestDatabase } from '../../support/test-database.ts';
import { KEY, mailTo, post, startOutbox } from './start-outbox.ts';

test('a mail is accepted with an id, and is returned as it was sent', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  const sent = await resend.emails.send({
    ...mailTo('reader@example.net'),
    replyTo: 'editors@example.net',
    text: 'Hello',
    headers: { 'List-Id': 'verdicts' },
    tags: [{ name: 'issue', value: '2026-W47' }],
  });
  expect(sent.error).toBeNull();
  const { data } = await resend.emails.get(sent.data?.id ?? '');
  expect(data).toEqual({
    object: 'email',
    id: sent.data?.id,
    message_id: `<${sent.data?.id}@outbox.local>`,
    from: 'Verdicts <verdicts@example.net>',
    to: ['reader@example.net'],
    cc: [],
    bcc: [],
    reply_to: ['editors@example.net'],
    subject: 'The week',
    html: '<p>Hello</p>',
    text: 'Hello',
    tags: [{ name: 'issue', value: '2026-W47' }],
    last_event: 'queued',
    scheduled_at: null,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
});

test('a batch of a hundred large mails gets its ids in the order of the mails, within two seconds', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  const mails = Array.from({ length: 100 }, (_, index) => ({
    ...mailTo(`reader-${index}@example.net`),
    html: 'x'.repeat(60_000),
  }));
  const started_at_ms = performance.now();
  const { data } = await resend.batch.send(mails);
  expect(performance.now() - started_at_ms).toBeLessThan(2000);
  const stored = await db.selectFrom('outbox.mails').select(['id', 'to_addresses']).execute();
  const readers = new Map(stored.map(({ id, to_addresses }) => [id, to_addresses[0]]));
  expect(data?.data.map(({ id }) => readers.get(id))).toEqual(mails.map(({ to }) => to));
});

test('mails are listed newest first, page by page in both directions', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  for (const name of ['ann', 'bo', 'cy']) {
    await resend.emails.send(mailTo(`${name}@example.net`));
  }
  const first = await resend.emails.list({ limit: 2 });
  expect(first.data).toMatchObject({ object: 'list', has_more: true });
  expect(first.data?.data.map(({ to }) => to[0])).toEqual(['cy@example.net', 'bo@example.net']);
  const rest = await resend.emails.list({ limit: 2, after: first.data?.data[1]?.id ?? '' });
  expect(rest.data).toMatchObject({ has_more: false, data: [{ to: ['ann@example.net'] }] });
  const back = await resend.emails.list({ limit: 2, before: rest.data?.data[0]?.id ?? '' });
  expect(back.data?.data.map(({ to }) => to[0])).toEqual(['cy@example.net', 'bo@example.net']);
  expect((await resend.emails.list({ limit: 101 })).error).toMatchObject({ statusCode: 422 });
});

test.each([
  ['no sender', { from: undefined }, 'missing_required_field', 'The `from` field is missing.'],
  ['no recipient', { to: undefined }, 'missing_required_field', 'The `to` field is missing.'],
  ['no subject', { subject: undefined }, 'missing_required_field', 'The `subject` field is missing.'],
  ['no content', { html: undefined }, 'missing_required_field', 'The `html` field is missing.'],
  [
    'a sender that is no address',
    { from: 'Verdicts' },
    'invalid_from_address',
    'Invalid `from` field. The email',
  ],
  ['a recipient that is no address', { to: 'reader' }, 'validation_error', 'Invalid `to` field. The email'],
  ['one bad recipient of two', { to: ['a@b.net', '@b.net'] }, 'validation_error', 'Invalid `to` field.'],
  ['no recipient in the list', { to: [] }, 'validation_error', 'Invalid `to` field.'],
  ['51 recipients', { to: Array(51).fill('a@b.net') }, 'validation_error', 'Invalid `to` field.'],
  [
    'example.com',
    { to: 'A <a@Example.com>' },
    'validation_error',
    'Invalid `to` field. Please use our testing email',
  ],
  ['test.com', { to: 'a@test.com' }, 'validation_error', 'Invalid `to` field. Please use our testing email'],
  [
    'a tag with a dot',
    { tags: [{ name: 'a.b', value: 'c' }] },
    'validation_error',
    'Invalid `tags` field. Tags',
  ],
  ['an empty tag', { tags: [{ name: 'a', value: '' }] }, 'validation_error', 'Invalid `tags` field.'],
  [
    'a long tag',
    { tags: [{ name: 'a', value: 'x'.repeat(257) }] },
    'validation_error',
    'Invalid `tags` field. Tags',
  ],
  [
    '76 tags',
    { tags: Array.from({ length: 76 }, () => ({ name: 'a', value: 'b' })) },
    'validation_error',
    'Invalid `tags` field.',
  ],
  ['a header that is no text', { headers: { a: 1 } }, 'validation_error', 'Invalid `headers` field.'],
  [
    'an attachment',
    { attachments: [{}] },
    'validation_error',
    'Invalid `attachments` field. The local outbox',
  ],
])('a mail with %s is refused with 422', async (_, change, name, message) => {
  const { db } = await createTestDatabase();
  const { baseUrl } = await startOutbox(db);
  const response = await post(baseUrl, '/emails', { ...mailTo('reader@example.net'), ...change });
  expect(response.status).toBe(422);
  expect(await response.json()).toEqual({ statusCode: 422, name, message: expect.stringContaining(message) });
  expect(await db.selectFrom('outbox.mails').select('id').execute()).toEqual([]);
});

test('tags and recipients at their limits are accepted', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  const tags = Array.from({ length: 75 }, (_, index) => ({ name: `t_${index}`, value: 'x-'.repeat(128) }));
  const { error } = await resend.emails.send({ ...mailTo(''), to: Array(50).fill('Ann <a@b.net>'), tags });
  expect(error).toBeNull();
});

test('a strict batch with one invalid mail is refused as a whole', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  const { data, error } = await resend.batch.send([mailTo('ann@example.net'), mailTo('bo')]);
  expect(data).toBeNull();
  expect(error).toMatchObject({ statusCode: 422, name: 'validation_error' });
  expect(await db.selectFrom('outbox.mails').select('id').execute()).toEqual([]);
});

test('a permissive batch leaves out invalid mails, lists them by index and returns ids without gaps', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  const mails = [
    mailTo('ann@example.net'),
    mailTo('bo'),
    mailTo('cy@example.net'),
    mailTo('dee@example.com'),
  ];
  const { data } = await resend.batch.send(mails, { batchValidation: 'permissive' });
  expect(data?.errors).toEqual([
    { index: 1, message: expect.stringContaining('Invalid `to` field.') },
    { index: 3, message: expect.stringContaining('Invalid `to` field.') },
  ]);
  const readers = await Promise.all((data?.data ?? []).map(({ id }) => resend.emails.get(id)));
  expect(readers.map((mail) => mail.data?.to)).toEqual([['ann@example.net'], ['cy@example.net']]);
});

test('a permissive batch without invalid mails has an empty list of errors, a strict one has no list', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  const mails = [mailTo('ann@example.net')];
  const permissive = await resend.batch.send(mails, { batchValidation: 'permissive' });
  expect(permissive.data).toEqual({ data: [{ id: expect.any(String) }], errors: [] });
  expect((await resend.batch.send(mails)).data).toEqual({ data: [{ id: expect.any(String) }] });
});

test('a batch of 101 mails, an empty one, an object or an unknown validation is refused', async () => {
  const { db } = await createTestDatabase();
  const { baseUrl } = await startOutbox(db);
  const mail = mailTo('ann@example.net');
  for (const body of [Array(101).fill(mail), [], { emails: [mail] }]) {
    expect((await post(baseUrl, '/emails/batch', body)).status).toBe(422);
  }
  expect((await post(baseUrl, '/emails/batch', [mail], { 'x-batch-validation': 'loose' })).status).toBe(422);
});

test('an invalid JSON body is refused with 400, a body that is too large with 413', async () => {
  const { db } = await createTestDatabase();
  const { baseUrl } = await startOutbox(db);
  expect((await post(baseUrl, '/emails', '{"from":')).status).toBe(400);
  expect((await post(baseUrl, '/emails', 'x'.repeat(20 * 1024 * 1024 + 1))).status).toBe(413);
});

test('a missing or invalid API key is refused, and a sending-only key may not list mails', async () => {
  const { db } = await createTestDatabase();
  const { baseUrl } = await startOutbox(db);
  const send = (authorization: string) =>
    post(baseUrl, '/emails', mailTo('ann@example.net'), { authorization });
  const missing = await send('');
  expect([missing.status, await missing.json()]).toMatchObject([401, { name: 'missing_api_key' }]);
  const invalid = await send('Bearer re_invalid');
  expect([invalid.status, await invalid.json()]).toMatchObject([403, { name: 'invalid_api_key' }]);
  expect((await send('Bearer re_restricted')).status).toBe(200);
  const list = await fetch(`${baseUrl}/emails`, { headers: { authorization: 'Bearer re_restricted' } });
  expect([list.status, await list.json()]).toMatchObject([401, { name: 'restricted_api_key' }]);
});

test('a call without a User-Agent is refused with 403 and code 1010', async () => {
  const { db } = await createTestDatabase();
  const { baseUrl } = await startOutbox(db);
  const response = await post(baseUrl, '/emails', mailTo('ann@example.net'), { 'user-agent': '' });
  expect([response.status, await response.text()]).toEqual([403, 'error code: 1010']);
});

test.each([
  ['GET', '/nowhere', 404, 'not_found'],
  ['DELETE', '/emails', 405, 'method_not_allowed'],
  ['GET', '/emails/batch', 405, 'method_not_allowed'],
  ['PATCH', '/emails/7c9e6679-7425-40de-944b-e07fc1f90ae7', 405, 'method_not_allowed'],
  ['GET', '/emails/7c9e6679-7425-40de-944b-e07fc1f90ae7', 404, 'not_found'],
  ['GET', '/emails/seven', 422, 'validation_error'],
])('%s %s is answered with %i', async (method, path, status, name) => {
  const { db } = await createTestDatabase();
  const { baseUrl } = await startOutbox(db);
  const response = await fetch(`${baseUrl}${path}`, { method, headers: { authorization: `Bearer ${KEY}` } });
  expect([response.status, await response.json()]).toMatchObject([status, { statusCode: status, name }]);
  expect(response.headers.get('ratelimit-limit')).toBe('1000');
});

test('of 25 concurrent calls 10 pass, the others get 429 until the second is over', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db, { callsPerSecond: 10 });
  const calls = await Promise.all(Array.from({ length: 25 }, () => resend.emails.list()));
  const refused = calls.filter(({ error }) => error);
  expect(refused).toHaveLength(15);
  expect(refused[0]).toMatchObject({
    error: { statusCode: 429, name: 'rate_limit_exceeded' },
    headers: { 'retry-after': '1', 'ratelimit-remaining': '0' },
  });
  expect(calls.find(({ error }) => !error)?.headers).toMatchObject({
    'ratelimit-limit': '10',
    'ratelimit-policy': '10;w=1',
    'ratelimit-remaining': '9',
    'ratelimit-reset': '1',
  });
  await expect
    .poll(async () => (await resend.emails.list()).error, { timeout: 3000, interval: 100 })
    .toBeNull();
});
