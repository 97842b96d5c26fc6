import { expect, test } from 'vitest';
import { createTestDatabase } from '../../support/test-database.ts';
import { mailTo, startOutbox } from './start-outbox.ts';

const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'";

async function post(origin: string, fields: Record<string, string>): Promise<string> {
  const answer = await fetch(`${origin}/outbox`, { method: 'POST', body: new URLSearchParams(fields) });
  expect(answer.status).toBe(200);
  return answer.text();
}

test('the inbox lists every mail, newest first, with reader, subject, last event and time', async () => {
  const { db } = await createTestDatabase();
  const { origin, resend } = await startOutbox(db, { now: () => new Date('2026-11-23T09:05:00Z') });
  await resend.emails.send(mailTo('ann@example.net'));
  const { data } = await resend.emails.send({ ...mailTo('bo@example.net'), subject: 'Ship <it> & more' });
  const page = await read(`${origin}/outbox`);
  expect(page.indexOf('bo@example.net')).toBeLessThan(page.indexOf('ann@example.net'));
  expect(page).toContain(`href="/outbox/mails/${data?.id}">Ship &lt;it&gt; &amp; more</a>`);
  expect(page).toContain('<span class="chip chip-queued">queued</span>');
  expect(page).toContain('<time dateTime="2026-11-23T09:05:00.000Z">23 Nov 2026, 09:05 UTC</time>');
  expect(page).toContain('Mail that would have gone to Resend');
  expect(page).toContain('<strong>2 mails</strong>');
  expect(page.match(/<h1/g)).toHaveLength(1);
});

test('an empty inbox says what to do', async () => {
  const { db } = await createTestDatabase();
  const { origin } = await startOutbox(db);
  expect(await read(`${origin}/outbox`)).toContain('No mail yet.');
});

test('a reader is found by any part of the address, ignoring case, and wildcards are literal', async () => {
  const { db } = await createTestDatabase();
  const { origin, resend } = await startOutbox(db);
  await resend.batch.send([mailTo('ann_b@example.net'), mailTo('bo@example.net')]);
  const search = (q: string) => post(origin, { q });
  expect(await search('NN_')).toContain('ann_b@example.net');
  expect(await search('NN_')).not.toContain('bo@example.net');
  expect(await search('%')).toContain('No mail to an address containing “%”.');
  expect(await search('<b>"')).toContain('value="&lt;b&gt;&quot;"');
});

test('a page has fifty mails, and paging stays stable while new mails arrive', async () => {
  const { db } = await createTestDatabase();
  const { origin, resend } = await startOutbox(db);
  const mails = Array.from({ length: 51 }, (_, index) => mailTo(`reader-${index}-@example.net`));
  await resend.batch.send(mails);
  const first = await post(origin, { q: 'reader' });
  expect(first.match(/<li>/g)).toHaveLength(50);
  expect(first).not.toContain('reader-0-@');
  await resend.batch.send([mailTo('reader-new@example.net')]);
  const [, before = ''] = /name="before" value="(\d+)"/.exec(first) ?? [];
  const second = await post(origin, { q: 'reader', before });
  expect(second.match(/<li>/g)).toHaveLength(1);
  expect(second).toContain('reader-0-@example.net');
  expect(second).toContain('Newest');
  expect(first + second).not.toMatch(/href="[^"]*reader/);
  const all = await read(`${origin}/outbox`);
  const [, older = ''] = /href="([^"]*)">Older</.exec(all) ?? [];
  expect((await read(`${origin}${older}`)).match(/<li>/g)).toHaveLength(2);
});

test('a mail shows its HTML in a sandbox without scripts, its text and its headers', async () => {
  const { db } = await createTestDatabase();
  const { origin, resend } = await startOutbox(db);
  const { data } = await resend.emails.send({
    ...mailTo('ann@example.net'),
    text: 'Hello <Ann>',
    headers: { 'List-Id': 'verdicts' },
    tags: [{ name: 'delivery', value: '17' }],
  });
  const address = `/outbox/mails/${data?.id}`;
  const html = await read(`${origin}${address}`);
  expect(html).toContain(`src="${address}/html"`);
  expect(html).toContain(
    'sandbox="allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"',
  );
  expect(html).not.toContain('class="phone"');
  expect(await read(`${origin}${address}?view=html&width=375`)).toContain('class="phone"');
  expect(await read(`${origin}${address}?view=text`)).toContain('Hello &lt;Ann&gt;</pre>');
  const headers = await read(`${origin}${address}?view=headers`);
  expect(headers).toContain('<th scope="row">List-Id</th><td>verdicts</td>');
  expect(headers).toContain('<th scope="row">delivery</th><td>17</td>');
  expect(headers).toContain(`&lt;${data?.id}@outbox.local&gt;`);
});

test.each([
  ['<html><head lang="en"><title>x</title></head><body>$&</body></html>', '<head lang="en">'],
  ['<header>Hello</header>', ''],
])('the HTML of %s is shown unchanged except for one base element', async (html, start) => {
  const { db } = await createTestDatabase();
  const { origin, resend } = await startOutbox(db);
  const { data } = await resend.emails.send({ ...mailTo('ann@example.net'), html });
  const response = await fetch(`${origin}/outbox/mails/${data?.id}/html`);
  const shown = await response.text();
  expect(shown).toContain(`${start}<base target="_blank">`);
  expect(shown.replace('<base target="_blank">', '')).toBe(html);
  expect(response.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; form-action 'none'; frame-ancestors 'self'",
  );
});

test('a mail without HTML opens with its text, and its HTML address gives 404', async () => {
  const { db } = await createTestDatabase();
  const { origin, resend } = await startOutbox(db);
  const { from, to, subject } = mailTo('ann@example.net');
  const { data } = await resend.emails.send({ from, to, subject, text: 'Hello' });
  const address = `${origin}/outbox/mails/${data?.id}`;
  expect(await read(address)).toContain('<pre class="text">Hello</pre>');
  expect(await read(`${address}?view=html`)).toContain('This mail has no HTML part.');
  expect((await fetch(`${address}/html`)).status).toBe(404);
});

test.each(['7c9e6679-7425-40de-944b-e07fc1f90ae7', 'seven'])('there is no mail %s', async (id) => {
  const { db } = await createTestDatabase();
  const { origin } = await startOutbox(db);
  const response = await fetch(`${origin}/outbox/mails/${id}`);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain('No such mail');
});

test('pages allow no scripts and no framing', async () => {
  const { db } = await createTestDatabase();
  const { origin } = await startOutbox(db);
  const { headers } = await fetch(`${origin}/outbox`);
  const policy = headers.get('content-security-policy');
  expect(policy).toBe(`${PAGE_POLICY}; base-uri 'none'; frame-ancestors 'none'`);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  const style = await fetch(`${origin}/outbox/outbox.css`);
  expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
});

async function read(url: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return response.text();
}
