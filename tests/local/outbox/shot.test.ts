import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../support/test-database.ts';
import { startOutbox } from './start-outbox.ts';
import { deliver, startReceiver } from './start-receiver.ts';

test('shots', async () => {
  const { db } = await createTestDatabase();
  const { webhookUrl } = await startReceiver();
  const { origin, resend, outbox } = await startOutbox(db, { webhookUrl });
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
      ' ',
    ),
  });
  const shoot = async (
    name: string,
    path: string,
    clicks?: (page: import('playwright-core').Page) => Promise<void>,
  ) => {
    for (const [device, width, height] of [
      ['phone', 375, 760],
      ['desktop', 1280, 860],
    ] as const) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ viewport: { width, height }, colorScheme });
        page.on('console', (m) => console.log(name, m.text()));
        await page.goto(`${origin}${path}`);
        await clicks?.(page);
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(overflow, `${name} ${device}`).toBe(0);
        await page.screenshot({ path: `/tmp/shots/${name}-${device}-${colorScheme}.png` });
        await page.close();
      }
    }
  };
  await shoot('empty', '/outbox');
  const html = `<!doctype html><html><head><title>x</title><style>body{font-family:Georgia;margin:0;background:#f3f0e8}</style></head><body><div style="max-width:600px;margin:auto;background:#fff;padding:24px"><h1>Claude Code or Cursor?</h1><p>Three of four lenses would ship the first. ${'Lorem ipsum dolor sit amet. '.repeat(30)}</p><a href="${origin}/outbox?q=voted">Ship</a></div></body></html>`;
  const names = [
    'bounced+gita.ash',
    'complained+hugo.birch',
    'suppressed+ines.cedar',
    'delivered+ada.ash',
    'delivered+bela.birch-with-a-very-long-name-indeed',
    'delivered+cleo',
    'delivered+dario',
    'delivered+edda',
    'delivered+finn',
  ];
  const mails = Array.from({ length: 60 }, (_, i) => ({
    from: 'Weekly AI Tool Verdicts <verdicts@weekly-verdicts.local>',
    to: `${names[i % 9]}${i > 8 ? i : ''}@resend.dev`,
    subject: i % 5 ? 'Ship or skip: Claude Code or Cursor, and four more' : 'Confirm your subscription',
    html,
    text: `Hello\n\nShip: https://example.net/v/abc/${'x'.repeat(120)}\n`,
    headers: {
      'List-Unsubscribe': `<https://verdicts.example.net/unsubscribe/${'a'.repeat(90)}>`,
      'List-Id': 'verdicts',
    },
    tags: [{ name: 'issue', value: '2026-W47' }],
  }));
  const { data } = await resend.batch.send(mails);
  deliver(outbox);
  await expect
    .poll(
      async () =>
        (await db.selectFrom('outbox.webhooks').select('svix_id').where('delivered_at', 'is', null).execute())
          .length,
      { timeout: 9000 },
    )
    .toBe(0);
  await resend.emails.send({ ...mails[0]!, subject: '', to: ['a@b.net', 'c@d.net'] });
  const id = data?.data[4]?.id;
  await shoot('inbox', '/outbox');
  await shoot('search', '/outbox?q=bounced');
  await shoot('bottom', '/outbox?before=55', async (p) => {
    await p.keyboard.press('End');
    await p.evaluate('window.scrollTo(0, 99999)');
  });
  await shoot('focus', '/outbox', async (p) => {
    for (let i = 0; i < 6; i++) await p.keyboard.press('Tab');
  });
  await shoot('html', `/outbox/mails/${id}`);
  await shoot('htmlphone', `/outbox/mails/${id}?view=html&width=375`);
  await shoot('text', `/outbox/mails/${id}?view=text`);
  await shoot('headers', `/outbox/mails/${id}?view=headers`);
  await shoot('none', `/outbox/mails/seven`);
  // links open in a new tab
  const page = await browser.newPage();
  await page.goto(`${origin}/outbox/mails/${id}`);
  const [popup] = await Promise.all([
    page.context().waitForEvent('page'),
    page.frameLocator('iframe').getByText('Ship', { exact: true }).click(),
  ]);
  await popup.waitForLoadState();
  console.log('popup', popup.url());
  await browser.close();
}, 120000);
