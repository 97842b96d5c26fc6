import { expect, test } from 'vitest';
import { findMailHost } from '../../src/subscribers/mail-hosts/_known-mail-hosts.ts';
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
])('mail hosts %j are classified as %s', (mx, expected) => {
  expect(findMailHost(mx)?.known_class ?? 'unknown').toBe(expected);
});

async function createWithResolver(answers: Record<string, string[] | undefined>) {
  const app = await createTestApp();
  const lookups: string[] = [];
  const context = {
    ...app.context,
    resolveMx: (domain: string) => {
      lookups.push(domain);
      return Promise.resolve(domain in answers ? answers[domain] : []);
    },
  };
  const join = (email: string) =>
    signUp(context, { email, page: '/', form: 'site', source: undefined, wording: 'test' });
  const passDays = (count: number) => {
    app.clock.now = new Date(app.clock.now.getTime() + count * 86_400_000);
  };
  return { ...app, context, lookups, join, passDays };
}

test('each domain is looked up once, and again after a month; after a lookup without an answer, the next day', async () => {
  const { context, lookups, join, passDays } = await createWithResolver({
    'acme.example': ['acme-example.mail.protection.outlook.com'],
    'home.example': ['aspmx.l.google.com'],
  });
  for (const email of ['a@acme.example', 'b@ACME.example', 'c@home.example', 'd@silent.example']) {
    await join(email);
  }
  await lookUpMailHosts(context);
  await lookUpMailHosts(context);
  expect(lookups.toSorted()).toEqual(['acme.example', 'home.example', 'silent.example']);
  const rows = await context.db
    .selectFrom('mail_domains')
    .select(['domain', 'mail_host', 'known_class'])
    .orderBy('domain')
    .execute();
  expect(rows).toEqual([
    { domain: 'acme.example', mail_host: 'mail.protection.outlook.com', known_class: 'scanned' },
    { domain: 'home.example', mail_host: 'google.com', known_class: 'clean' },
    { domain: 'silent.example', mail_host: null, known_class: 'unknown' },
  ]);
  passDays(2);
  lookups.length = 0;
  await lookUpMailHosts(context);
  expect(lookups).toEqual(['silent.example']);
  passDays(29);
  lookups.length = 0;
  await lookUpMailHosts(context);
  expect(lookups.toSorted()).toEqual(['acme.example', 'home.example', 'silent.example']);
});

test('hosts of one operator that differ in class have different names', () => {
  const nameOf = (...mx: string[]) => findMailHost(mx)?.name;
  expect(nameOf('outlook-com.olc.protection.outlook.com')).toBe('olc.protection.outlook.com');
  expect(nameOf('acme-com.mail.protection.outlook.com')).toBe('mail.protection.outlook.com');
  expect(nameOf('mx.acme.example', 'mx2.acme.example')).toBe('acme.example');
  // The one that scans.
  expect(nameOf('aspmx.l.google.com', 'eu-smtp-inbound-1.mimecast.com')).toBe('mimecast.com');
});

test('a resolver that fails changes nothing that is known, and is asked again the next day', async () => {
  const answers: Record<string, string[] | undefined> = { 'home.example': ['aspmx.l.google.com'] };
  const { context, lookups, join, passDays } = await createWithResolver(answers);
  await join('a@home.example');
  await lookUpMailHosts(context);
  const stored = async () =>
    context.db.selectFrom('mail_domains').select(['domain', 'mail_host', 'known_class']).execute();
  const known = await stored();
  answers['home.example'] = undefined;
  passDays(31);
  await lookUpMailHosts(context);
  expect(await stored()).toEqual(known);
  lookups.length = 0;
  await lookUpMailHosts(context);
  expect(lookups).toEqual([]);
  passDays(2);
  await lookUpMailHosts(context);
  expect(lookups).toEqual(['home.example']);
});

test('a sign-up starts the lookup of its domain', async () => {
  const { context, drain, join } = await createWithResolver({});
  await join('a@acme.example');
  await drain();
  expect(await context.db.selectFrom('mail_domains').select('domain').execute()).toEqual([
    { domain: 'acme.example' },
  ]);
});
