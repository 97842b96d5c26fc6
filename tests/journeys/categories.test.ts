import { sql } from 'kysely';
import type { IssueContent } from '../../emails/_parts/content/content.ts';
import { sampleContent } from '../../emails/_parts/content/sample.ts';
import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { withdrawApproval } from '../../src/sending/control/withdraw-approval.ts';
import { editIssue } from '../../src/issues/edit/edit.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { loadDigest } from '../../src/issues/results/digest.ts';
import { listSelections } from '../../src/issues/select/list-selections.ts';
import { selectContent } from '../../src/issues/select/select-content.ts';
import { listVariants } from '../../src/issues/select/variants.ts';
import { signSubscriber, signVote } from '../../src/links/tokens.ts';
import { loadCopy, loadPreview } from '../../src/sending/personalize/load-copy.ts';
import { sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { addApprovedIssue } from '../bench/bench-environment.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { isWaiting } from '../support/is-waiting.ts';
import { WEEK } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

/** What each reader chose: index 0 is reader 1. */
const CHOICES = [
  { categories: [], always_lead: true },
  { categories: ['Design'], always_lead: true },
  { categories: ['Design'], always_lead: false },
  { categories: ['Data', 'Design'], always_lead: false },
  { categories: ['Design', 'Data'], always_lead: false },
  { categories: ['Gone since'], always_lead: false },
  { categories: ['Robots'], always_lead: false },
];

async function createReadersWithChoices(env: Record<string, string> = {}): Promise<TestApp> {
  const app = await createTestApp(env);
  const { db } = app.context;
  await seedContent(db);
  await seedReaders(db, CHOICES.length);
  for (const [index, { categories, always_lead }] of CHOICES.entries()) {
    await db
      .updateTable('subscribers')
      .set({ categories, always_lead })
      .where('id', '=', index + 1)
      .execute();
  }
  // A category that the site has, but this issue does not.
  await sql`insert into tools (slug, name, category, tagline, description, entry_price, price_checked_on, reviewed_on)
    select 'robot', 'Robot', 'Robots', tagline, description, entry_price, price_checked_on, reviewed_on
    from tools where slug = 'harborlight'`.execute(db);
  await draftIssue(app.context, WEEK, new Date('2026-11-24T10:00:00Z'));
  return app;
}

async function send(app: TestApp): Promise<void> {
  await approveIssue(app.context, WEEK, 'test');
  await prepareIssue(app.context, WEEK);
  await app.drain();
}

/** The mails in the outbox by reader. */
async function listMails({ context }: TestApp) {
  const rows = await context.db
    .selectFrom('outbox.mails')
    .select(['to_addresses', 'subject', 'html', 'text'])
    .orderBy('sequence')
    .execute();
  return new Map(
    rows.map(({ to_addresses: [to = ''], ...mail }) => [Number(/\+(\d+)@/.exec(to)?.[1]), mail]),
  );
}

const byNumber = (numbers: Iterable<number>) => [...numbers].toSorted((a, b) => a - b);

test('each reader gets the comparisons of their categories, in one rendering for all who get the same', async () => {
  const app = await createReadersWithChoices();
  const { context } = app;
  const { content } = await getIssue(context.db, WEEK);
  expect(content.lead.tools.map(({ category }) => category)).not.toContain('Design');
  const studio = await (await app.request(`/studio/issues/${WEEK}`)).text();
  expect(studio).toContain('to 6 readers (1 chose other categories)');
  await send(app);
  const mails = await listMails(app);
  expect(byNumber(mails.keys())).toEqual([1, 2, 3, 4, 5, 6]);
  const headlines = [content.lead, ...content.more].map(({ headline }) => headline);
  const shown = (reader: number) =>
    headlines.filter(
      (headline) =>
        mails.get(reader)?.text?.includes(`More on ${headline}`) ||
        mails.get(reader)?.text?.includes(`reviews of ${headline}`),
    );
  const ofCategories = (...categories: string[]) =>
    [content.lead, ...content.more]
      .filter(({ tools }) => categories.includes(tools[0].category))
      .map(({ headline }) => headline);
  expect(shown(1)).toEqual(headlines);
  expect(shown(2)).toEqual([content.lead.headline, ...ofCategories('Design')]);
  expect(shown(3)).toEqual(ofCategories('Design'));
  expect(shown(4)).toEqual(ofCategories('Design', 'Data'));
  expect(shown(5)).toEqual(ofCategories('Design', 'Data'));
  // No tool has that category any more: they get everything rather than nothing.
  expect(shown(6)).toEqual(headlines);

  // The subject is about the lead that they get, and the mail says what they do not get.
  expect(mails.get(1)?.subject).toBe(content.subject);
  expect(mails.get(3)?.subject).toMatch(/Ovenbird/);
  expect(mails.get(3)?.text).toContain('This issue has 2 more comparisons outside your categories.');
  expect(mails.get(3)?.html).toContain('See the whole issue');
  expect(mails.get(1)?.text).not.toContain('outside your categories');

  const variants = await listVariants(context.db, (await getIssue(context.db, WEEK)).id);
  expect(variants.map(({ variant, readers }) => [variant, readers])).toEqual([
    [-1, 1],
    [1, expect.any(Number)],
    [2, expect.any(Number)],
    [3, expect.any(Number)],
  ]);
  expect(variants.reduce((sum, { readers }) => sum + (readers ?? 0), 0)).toBe(5);
});

test.each(['Автоматизация процессов', 'Автоматизация процес…'])(
  'a category whose name is too long for a mail is one category, chosen as %s',
  async (category) => {
    const app = await createTestApp();
    const { db } = app.context;
    await seedContent(db);
    await seedReaders(db, 2);
    await db
      .updateTable('tools')
      .set({ category: 'Автоматизация процессов' })
      .where('category', '=', 'Design')
      .execute();
    await db
      .updateTable('subscribers')
      .set({ categories: [category], always_lead: false })
      .where('id', '=', 1)
      .execute();
    await draftIssue(app.context, WEEK, new Date('2026-11-24T10:00:00Z'));
    expect(await (await app.request(`/studio/issues/${WEEK}`)).text()).toContain('to 2 readers');
    const token = signSubscriber(app.context.linkKeys, 'preferences', 1);
    const preferences = await (await app.request(`/preferences/${token}`)).text();
    expect(preferences.match(/Автоматизация[^<"]*(?=")/g)).toEqual(['Автоматизация процес…']);
    expect(preferences).toMatch(/value="Автоматизация процес…"[^>]*checked|checked[^>]*value="Автоматизация/);
    await send(app);
    const mail = (await listMails(app)).get(1);
    expect(mail?.text).toContain('This issue has 2 more comparisons outside your categories.');
    expect(mail?.subject).toContain('Ovenbird');
  },
);

test('subjects that only readers of a category get are checked before the approval, whether or not anybody has chosen it', async () => {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await sql`update tools set name = 'Ovenbird!!' where slug = 'ovenbird'`.execute(app.context.db);
  await draftIssue(app.context, WEEK);
  const { content } = await getIssue(app.context.db, WEEK);
  expect(content.subject).not.toContain('!!');
  const problem =
    'subject: has exclamation marks in a row in “!!” of the issue for readers of Design; say it plainly';
  await expect(approveIssue(app.context, WEEK, 'test')).rejects.toMatchObject({
    problems: expect.arrayContaining([problem]),
  });
  const page = await (await app.request(`/studio/issues/${WEEK}`)).text();
  expect(page).toContain(problem);
  await approveIssue(app.context, WEEK, 'test', { despite: 'that is its name' });
});

test('every selection that some choice of categories makes is listed once, with one of the shortest such choices', () => {
  const { lead } = sampleContent;
  const categoriesOf = [['A', 'B'], ['B'], ['C'], ['D', 'E'], ['F']];
  const [first, ...more] = categoriesOf.map((categories, index) => ({
    ...lead,
    slug: `comparison-${index}`,
    tools: lead.tools.map((tool, place) => ({ ...tool, category: categories[place] ?? categories[0] })),
  })) as [typeof lead, ...(typeof lead)[]];
  const issue = { content: { ...sampleContent, lead: first, more }, edits: {} };
  const slugsOf = (content: IssueContent) =>
    [content.lead, ...content.more].map(({ slug }) => slug).join(' ');
  const every = new Map<string, number>();
  const letters = ['A', 'B', 'C', 'D', 'E', 'F'];
  for (let bits = 1; bits < 2 ** letters.length; bits++) {
    const categories = letters.filter((_, place) => bits & (2 ** place));
    for (const always_lead of [false, true]) {
      const content = selectContent(issue, undefined, { categories, always_lead });
      const slugs = content && content !== issue.content ? slugsOf(content) : '';
      every.set(slugs, Math.min(every.get(slugs) ?? Infinity, categories.length));
    }
  }
  every.delete('');
  const listed = listSelections(issue).map(
    ({ choice, content }) => [slugsOf(content), choice.categories.length] as const,
  );
  expect(listed).toHaveLength(every.size);
  expect(new Map(listed)).toEqual(every);
  expect(every.size).toBeGreaterThan(20);
});

test('the browser copy, the preview and the ballot are those of the reader’s variant', async () => {
  const app = await createReadersWithChoices();
  const { context } = app;
  const preview = await loadPreview(context, await getIssue(context.db, WEEK), 3);
  await expect(loadPreview(context, await getIssue(context.db, WEEK), 7)).rejects.toThrow(
    /does not get this issue/,
  );
  await send(app);
  const issue = await getIssue(context.db, WEEK);
  const mails = await listMails(app);
  const copy = await loadCopy(context, issue, 3);
  expect(copy.html).toBe(mails.get(3)?.html);
  expect(copy.subject).toBe(preview.subject);
  // A later choice does not change what they got.
  await context.db.updateTable('subscribers').set({ categories: [] }).where('id', '=', 3).execute();
  expect((await loadCopy(context, issue, 3)).html).toBe(copy.html);

  const ballotOf = async (reader: number, tool: string) => {
    const token = signVote(context.linkKeys, { issue_id: issue.id, subscriber_id: reader });
    return (await app.request(`/v/${token}/${tool}/ship`)).text();
  };
  expect(await ballotOf(1, 'ovenbird')).toContain('Harborlight');
  const page = await ballotOf(3, 'ovenbird');
  expect(page).toContain('Fernwick');
  expect(page).not.toContain('Harborlight');
});

test.each(['off', 'counted'])('every link in the mail works, with clicks %s', async (CLICKS) => {
  const app = await createReadersWithChoices({ CLICKS, PUBLIC_URL: 'http://localhost:$PORT' });
  await send(app);
  const text = (await listMails(app)).get(3)?.text ?? '';
  const links = text.match(/^http\S+$/gm) ?? [];
  expect(links.some((link) => link.endsWith(`/issues/${WEEK}`))).toBe(true);
  for (const link of links) {
    expect((await fetch(link)).status, link).toBe(200);
  }
});

test('a choice made after the approval counts, and a withdrawn approval leaves no variant', async () => {
  const app = await createReadersWithChoices();
  const { context } = app;
  await approveIssue(context, WEEK, 'test');
  const { id } = await getIssue(context.db, WEEK);
  expect(await listVariants(context.db, id)).toHaveLength(3);
  const { rows: before } = await sql`select variant, html from issue_variants order by variant`.execute(
    context.db,
  );
  await context.db
    .updateTable('subscribers')
    .set({ categories: ['Data'], always_lead: false })
    .where('id', '=', 1)
    .execute();
  await prepareIssue(context, WEEK);
  expect(await listVariants(context.db, id)).toHaveLength(5);
  const { rows: after } =
    await sql`select variant, html from issue_variants where variant between 1 and 3 order by variant`.execute(
      context.db,
    );
  expect(after).toEqual(before);
  await app.drain();
  expect((await listMails(app)).get(1)?.subject).toMatch(/Mossgate/);

  const other = await createReadersWithChoices();
  await approveIssue(other.context, WEEK, 'test');
  await withdrawApproval(other.context, WEEK);
  expect(await listVariants(other.context.db, (await getIssue(other.context.db, WEEK)).id)).toEqual([]);
});

test('after an approval is withdrawn, everybody gets what is approved next, under other idempotency keys', async () => {
  const app = await createReadersWithChoices();
  const { context } = app;
  const keys: string[] = [];
  const { transport } = context;
  let isRefusing = true;
  context.transport = {
    ...transport,
    post: (request, permit) => {
      keys.push(request.headers['Idempotency-Key'] ?? '');
      const error = { name: 'daily_quota_exceeded', message: 'enough for today', statusCode: 429 };
      return isRefusing
        ? Promise.resolve({ data: null, error, headers: null })
        : transport.post(request, permit);
    },
  };
  await send(app);
  expect(keys.length).toBeGreaterThan(0);
  await withdrawApproval(context, WEEK);
  await editIssue(context, WEEK, { subject: 'Our own words about Harborlight today' });
  await context.db
    .updateTable('subscribers')
    .set({ categories: ['Data'] })
    .where('id', '=', 3)
    .execute();
  isRefusing = false;
  const refused = new Set(keys.splice(0));
  await context.db.updateTable('send_rate').set({ stopped_at: null, stopped_reason: null }).execute();
  await send(app);
  const mails = await listMails(app);
  expect(mails.get(1)?.subject).toBe('Our own words about Harborlight today');
  expect(mails.get(3)?.subject).toMatch(/Mossgate/);
  expect(keys.filter((key) => refused.has(key))).toEqual([]);
  const issue = await getIssue(context.db, WEEK);
  expect((await loadCopy(context, issue, 3)).html).toBe(mails.get(3)?.html);
});

test('a choice made while the issue is prepared counts from the next one on', async () => {
  const app = await createReadersWithChoices();
  const { context } = app;
  await approveIssue(context, WEEK, 'test');
  let preparing: Promise<unknown> | undefined;
  await context.db.transaction().execute(async (tx) => {
    await sql`lock table issue_variants in access exclusive mode`.execute(tx);
    preparing = prepareIssue(context, WEEK);
    await expect.poll(() => isWaiting(context.db)).toBe(true);
    await sql`update subscribers set categories = '{Data}' where id = 3`.execute(tx);
  });
  await preparing;
  await app.drain();
  expect((await listMails(app)).get(3)?.subject).toMatch(/Ovenbird/);
});

test('what is sent again is the same variant', async () => {
  const app = await createReadersWithChoices();
  const { context } = app;
  await send(app);
  const first = await listMails(app);
  await sql`update deliveries set status = 'unknown', unknown_at = now()`.execute(context.db);
  await sql`delete from outbox.mails`.execute(context.db);
  await sendAgain(context, WEEK, { status: 'unknown', by: 'test' });
  await app.drain();
  const again = await listMails(app);
  expect(byNumber(again.keys())).toEqual(byNumber(first.keys()));
  for (const [reader, { subject, text }] of again) {
    expect(subject).toBe(first.get(reader)?.subject);
    expect(text).toBe(first.get(reader)?.text);
  }
});

test('the recap has only the tools that the reader got, and the digest only comparisons of their categories', async () => {
  const app = await createReadersWithChoices();
  const { context } = app;
  await send(app);
  const issue = await getIssue(context.db, WEEK);
  const tools = [issue.content.lead, ...issue.content.more].flatMap((comparison) => comparison.tools);
  const recap = {
    week: WEEK,
    when: 'last week',
    votes: 120,
    voters: 40,
    held: 0,
    widest_gap: 'Readers and the panel disagree most on Harborlight: …',
    too_close: [issue.content.lead.headline],
    tools: tools.map(({ slug, name }) => ({
      slug,
      name,
      panel: '3 of 4 ship',
      community: '60% ship (20 votes)',
      percents: { readers: 60, panel: 75 },
      said: { ship: '', skip: '' },
    })),
  };
  const next = { content: { ...issue.content, recap }, edits: {} };
  const design = selectContent(next, issue.content, { categories: ['Design'], always_lead: false });
  expect(design?.recap?.tools.map(({ slug }) => slug)).toEqual(['fernwick', 'ovenbird']);
  expect(design?.recap?.too_close).toEqual([]);
  expect(design?.recap?.widest_gap).toMatch(/Fernwick|Ovenbird/);
  expect(
    selectContent(next, issue.content, { categories: ['Robots'], always_lead: true })?.recap?.tools,
  ).toHaveLength(2);
  expect(selectContent(next, issue.content, { categories: [], always_lead: false })).toBe(next.content);

  const all = await loadDigest(context, '2026-11');
  const theirs = await loadDigest(context, '2026-11', { categories: ['Design'], always_lead: false });
  expect(all.issues[0]?.more).toHaveLength(2);
  expect(theirs.issues[0]?.lead.headline).toContain('Fernwick');
  expect(theirs.issues[0]?.more).toEqual([]);
  expect(theirs.summary).toContain('1 comparison');
  await expect(
    loadDigest(context, '2026-11', { categories: ['Robots'], always_lead: false }),
  ).rejects.toThrow(/nothing|anything/);
});

test('what staff wrote stays for those who get the lead it is about', async () => {
  const { context } = await createReadersWithChoices();
  await editIssue(context, WEEK, {
    subject: 'Our own words about Harborlight today',
    introduction: 'Hello all.',
  });
  const issue = await getIssue(context.db, WEEK);
  const withLead = selectContent(issue, undefined, { categories: ['Design'], always_lead: true });
  const without = selectContent(issue, undefined, { categories: ['Design'], always_lead: false });
  expect(withLead).toMatchObject({
    subject: 'Our own words about Harborlight today',
    introduction: 'Hello all.',
  });
  expect(withLead?.preheader).not.toContain('Mossgate');
  expect(without?.subject).not.toContain('Harborlight');
  expect(without?.introduction).toBe('Hello all.');
});

test('however differently readers choose, an issue has few variants: the rarest do without a recap', async () => {
  const app = await createTestApp();
  const { context } = app;
  const { db } = context;
  const names = ['1', '2', '3', '4', '5'];
  const contentOf = (week: string, kind: string, recap: IssueContent['recap']): IssueContent => {
    const [lead, ...more] = names.map((name) => ({
      ...sampleContent.lead,
      slug: `${kind}${name}`,
      tools: sampleContent.lead.tools.map((tool, index) => ({
        ...tool,
        slug: `${kind}${name}-${index}`,
        category: `${kind}${name}`,
      })) as IssueContent['lead']['tools'],
    }));
    return { ...sampleContent, week, lead: lead!, more, recap };
  };
  const last = contentOf('2026-W47', 'old', null);
  const tools = [last.lead, ...last.more].flatMap((comparison) => comparison.tools);
  const next = contentOf(WEEK, 'new', {
    ...sampleContent.recap!,
    week: '2026-W47',
    tools: tools.map(({ slug }) => ({ ...sampleContent.recap!.tools[0]!, slug })),
  });
  await addApprovedIssue(db, '2026-W47', 1);
  await addApprovedIssue(db, WEEK, 2);
  for (const content of [last, next]) {
    await db
      .updateTable('issues')
      .set({ content: JSON.stringify(content) })
      .where('week', '=', content.week)
      .execute();
  }
  await sql`insert into tools (slug, name, category, tagline, description, entry_price, price_checked_on, reviewed_on)
    select kind || name, kind, kind || name, '', '', 'free', '2026-11-01', '2026-11-01'
    from unnest(array['old', 'new']) as kind, unnest(${names}::text[]) as name`.execute(db);
  await seedReaders(db, 51);
  // Two readers for each pair of categories but the last, which one has.
  await sql`update subscribers set always_lead = false,
    categories = array['new' || (1 + (id - 1) / 2 % 5), 'old' || (1 + (id - 1) / 10)]
    where id <= 49`.execute(db);
  await prepareIssue(context, WEEK);
  const { id } = await getIssue(db, WEEK);
  const variants = await listVariants(db, id);
  expect(variants).toHaveLength(25);
  expect(variants.filter(({ recap_tools }) => recap_tools.length === 2)).toHaveLength(24);
  expect(variants.find(({ recap_tools }) => recap_tools.length === 0)?.readers).toBe(1);
  expect(variants.reduce((sum, { readers }) => sum + (readers ?? 0), 0)).toBe(49);
});

test('a reader chooses categories and the lead on the preferences page; an unknown category is not stored', async () => {
  const app = await createReadersWithChoices();
  const { context } = app;
  const path = `/preferences/${signSubscriber(context.linkKeys, 'preferences', 1)}`;
  const page = await (await app.request(path)).text();
  expect(page).toMatch(/type="checkbox"[^>]*value="Design"/);
  const post = (fields: string) =>
    app.request(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: app.url },
      body: fields,
    });
  const read = () =>
    context.db
      .selectFrom('subscribers')
      .select(['categories', 'always_lead', 'frequency'])
      .where('id', '=', 1)
      .executeTakeFirstOrThrow();
  await post('choose=categories&category[]=Design&category[]=Data&category[]=Invented&lead=theirs');
  expect(await read()).toEqual({ categories: ['Data', 'Design'], always_lead: false, frequency: 'weekly' });
  expect(await (await app.request(path)).text()).toMatch(/Comparisons of 2 categories only/);
  await post('frequency=monthly');
  expect(await read()).toMatchObject({ categories: ['Data', 'Design'], frequency: 'monthly' });
  await post('choose=categories&lead=always');
  expect(await read()).toMatchObject({ categories: [], always_lead: true });
});
