import { expect, test } from 'vitest';
import { classifyMailHosts } from '../../src/subscribers/mail-hosts/_known-mail-hosts.ts';
import { lookUpMailHosts } from '../../src/subscribers/mail-hosts/look-up-mail-hosts.ts';
import { signUp } from '../../src/subscribers/join/sign-up.ts';
import { createTestApp } from '../support/test-app.ts';

test.each([
  [['acme-com.mail.protection.outlook.com'], 'scanned'],
  [['outlook-com.olc.protection.outlook.com'], 'unknown'],
  [['mxa-00012345.gslb.pphosted.com', 'mxb-00012345.gslb.pphosted.com'], 'scanned'],
  [['gmail-smtp-in.l.google.com', 'alt1.gmail-smtp-in.l.google.com'], 'clean'],
  [['aspmx.l.google.com', 'eu-smtp-inbound-1.mimecast.com'], 'scanned'],
  [['mx.acme.example'], 'unknown'],
  [['notgoogle.com'], 'unknown'],
  [['mail.google.com.acme.example'], 'unknown'],
  [[], 'unknown'],
])('mail hosts %j are %s', (mx, expected) => {
  expect(classifyMailHosts(mx)).toBe(expected);
});

async function createAsked(answers: Record<string, string[]>) {
  const app = await createTestApp();
  const asked: string[] = [];
  const context = {
    ...app.context,
    resolveMx: (domain: string) => {
      asked.push(domain);
      return Promise.resolve(answers[domain] ?? []);
    },
  };
  const join = (email: string) => signUp(context, { email, source: 'test', wording: 'test' });
  const days = (count: number) => {
    app.clock.now = new Date(app.clock.now.getTime() + count * 86_400_000);
  };
  return { ...app, context, asked, join, days };
}

test('each domain is asked for once, and again after a month; one that gave no answer the next day', async () => {
  const { context, asked, join, days } = await createAsked({
    'acme.example': ['acme-example.mail.protection.outlook.com'],
    'home.example': ['aspmx.l.google.com'],
  });
  for (const email of ['a@acme.example', 'b@ACME.example', 'c@home.example', 'd@silent.example']) {
    await join(email);
  }
  await lookUpMailHosts(context);
  await lookUpMailHosts(context);
  expect(asked.toSorted()).toEqual(['acme.example', 'home.example', 'silent.example']);
  const rows = await context.db
    .selectFrom('mail_domains')
    .select(['domain', 'mail_host', 'known_class'])
    .orderBy('domain')
    .execute();
  expect(rows).toEqual([
    { domain: 'acme.example', mail_host: 'outlook.com', known_class: 'scanned' },
    { domain: 'home.example', mail_host: 'google.com', known_class: 'clean' },
    { domain: 'silent.example', mail_host: null, known_class: 'unknown' },
  ]);
  days(2);
  asked.length = 0;
  await lookUpMailHosts(context);
  expect(asked).toEqual(['silent.example']);
  days(29);
  asked.length = 0;
  await lookUpMailHosts(context);
  expect(asked.toSorted()).toEqual(['acme.example', 'home.example', 'silent.example']);
});

test('signing up has the domain looked up before the reader can have opened the mail', async () => {
  const { context, drain, join } = await createAsked({});
  await join('a@acme.example');
  await drain();
  expect(await context.db.selectFrom('mail_domains').select('domain').execute()).toEqual([
    { domain: 'acme.example' },
  ]);
});
