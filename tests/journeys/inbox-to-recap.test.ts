import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { createSentIssue, type SentIssue, WEEK } from '../support/sent-issue.ts';
import { visitAndVote } from '../support/visit.ts';

const NEXT_WEEK = '2026-W49';

/** Starts the app's clock at this time, so that it runs while a browser is used. */
function runClockFrom(app: SentIssue, from: string) {
  const [start, started] = [Date.parse(from), Date.now()];
  app.context.now = () => new Date(start + Date.now() - started);
}

async function sendNextIssue(app: SentIssue) {
  await app.context.db
    .updateTable('tools')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .execute();
  await app.context.db
    .updateTable('comparisons')
    .set({ published_at: new Date('2026-11-26') })
    .execute();
  runClockFrom(app, '2026-11-30T06:00:00Z');
  await draftIssue(app.context, NEXT_WEEK);
  await approveIssue(app.context, NEXT_WEEK, 'test');
  await prepareIssue(app.context, NEXT_WEEK);
  await app.drain();
}

async function findMail({ context }: SentIssue, reader: number, week: string): Promise<string> {
  const mails = await context.db
    .selectFrom('outbox.mails')
    .select(['id', 'to_addresses', 'tags'])
    .orderBy('sequence')
    .execute();
  const isTheirs = (mail: (typeof mails)[number]) =>
    mail.to_addresses.includes(`delivered+${reader}@resend.dev`) &&
    mail.tags.some(({ name, value }) => name === 'issue' && value === week);
  return `/outbox/mails/${mails.find(isTheirs)?.id}/html`;
}

test.skipIf(!hasChromium)(
  'on a phone a reader votes from the mail, and finds the result in the next week’s mail',
  async () => {
    const app = await createSentIssue(45, 'clean');
    const phone = await (
      await openBrowser()
    ).newContext({ viewport: { width: 375, height: 800 }, hasTouch: true, isMobile: true });
    const page = await phone.newPage();
    const fitsPhone = async () => Number(await page.evaluate('document.documentElement.scrollWidth')) <= 375;

    runClockFrom(app, '2026-11-24T18:00:00Z');
    await page.goto(app.url + (await findMail(app, 1, WEEK)));
    const votePage = await follow('Ship Harborlight');
    await votePage.getByRole('heading', { name: 'Counted: Ship Harborlight' }).waitFor();
    await votePage.getByText('Readers so far: too few votes to show yet').waitFor();
    await votePage.getByRole('button', { name: 'Skip Mossgate' }).tap();
    await votePage.getByRole('heading', { name: 'Counted: Skip Mossgate' }).waitFor();

    app.context.now = () => app.clock.now;
    app.clock.now = new Date('2026-11-25T09:00:00Z');
    for (let reader = 2; reader <= 45; reader++) {
      await visitAndVote(app, app.pathOf(reader, 'harborlight', reader <= 12 ? 'skip' : 'ship'));
    }
    await closeVoting(app.context, WEEK);
    await sendNextIssue(app);

    await page.goto(app.url + (await findMail(app, 1, NEXT_WEEK)));
    expect(await fitsPhone()).toBe(true);
    await page.getByText('46 votes from 45 readers.').waitFor();
    await page.getByText('You said Ship; 76% agreed').waitFor();
    await page.getByText('You said Skip', { exact: true }).waitFor();
    await page.goto(app.url + (await findMail(app, 2, NEXT_WEEK)));
    await page.getByText('You said Skip; 24% agreed').waitFor();
    const resultPage = await follow('Full results');
    await resultPage.getByRole('heading', { level: 1, name: 'How readers voted' }).waitFor();
    expect(new URL(resultPage.url()).pathname).toBe(`/results/${WEEK}`);
    await resultPage.getByRole('link', { name: 'Harborlight vs Quillbench' }).tap();
    await resultPage.getByText('76% of 45 readers ship Harborlight').waitFor();
    await resultPage.getByRole('img').scrollIntoViewIfNeeded();
    await expect
      .poll(() => resultPage.evaluate(`document.querySelector('main img').naturalWidth`))
      .toBe(1200);

    /** Follows a link that opens in a new tab or in the same one. */
    async function follow(name: string) {
      const before = { url: page.url(), pages: phone.pages().length };
      await page.getByRole('link', { name, exact: true }).tap();
      await expect
        .poll(() => phone.pages().length > before.pages || page.url() !== before.url, { timeout: 10_000 })
        .toBe(true);
      return phone.pages().at(-1) ?? page;
    }
  },
  60_000,
);
