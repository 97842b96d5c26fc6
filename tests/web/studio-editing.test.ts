import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { editIssue } from '../../src/issues/edit/edit.ts';
import { takeNewFacts } from '../../src/issues/decide/take-new-facts.ts';
import { listChangedFacts } from '../../src/issues/facts/changed-facts.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { renderIssue } from '../../src/issues/render/render.tsx';
import { listPins, setPin } from '../../src/issues/choose/pins.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const PAGE = `/studio/issues/${WEEK}`;

async function createDrafted(): Promise<TestApp> {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await seedReaders(app.context.db, 2);
  await draftIssue(app.context, WEEK);
  return app;
}

const issueOf = ({ context }: TestApp) => getIssue(context.db, WEEK);
const slugsOf = async (app: TestApp) => {
  const { content } = await issueOf(app);
  return [content.lead, ...content.more].map(({ slug }) => slug);
};

test('introduction, subject, preheader and verdicts are edited in place, and go back to what was generated', async () => {
  const app = await createDrafted();
  const before = await issueOf(app);
  const [, second] = await slugsOf(app);
  const page = async () => (await app.request(PAGE)).text();
  expect(await page()).toContain('As generated.');
  await app.post(`${PAGE}/edit`, {
    expected: before.content_hash,
    introduction: 'Three pairs this week, and a price that fell.',
    'was:introduction': '',
    [`verdict:${second}`]: 'We could not decide either.',
    subject: before.content.subject,
    'was:subject': before.content.subject,
  });
  const edited = await issueOf(app);
  expect(Object.keys(edited.edits).toSorted()).toEqual(['introduction', `verdict:${second}`]);
  const { html, text } = await renderIssue(edited.content, app.context.config);
  for (const part of [html, text]) {
    expect(part).toContain('Three pairs this week, and a price that fell.');
    expect(part).toContain('We could not decide either.');
  }
  expect(await page()).toContain(`Generated: ${before.content.more[0]?.verdict.slice(0, 20)}`);
  await app.post(`${PAGE}/edit`, {
    expected: edited.content_hash,
    introduction: '',
    [`verdict:${second}`]: '',
  });
  expect(await issueOf(app)).toMatchObject({
    content: before.content,
    content_hash: before.content_hash,
    edits: {},
  });
});

test('with two editors nothing is overwritten silently: the second sees who changed what, and chooses', async () => {
  const app = await createDrafted();
  const { content, content_hash } = await issueOf(app);
  const asBob = { cookie: 'studio_name=Bob', 'content-type': 'application/x-www-form-urlencoded' };
  await app.request(`${PAGE}/edit`, {
    method: 'POST',
    headers: asBob,
    body: new URLSearchParams({ expected: content_hash, subject: 'The subject that Bob wrote first' }),
  });
  const mine = { subject: 'The subject that Ann wrote second', 'was:subject': content.subject };
  const conflict = await app.post(`${PAGE}/edit`, { expected: content_hash, ...mine });
  expect(conflict.status).toBe(409);
  const page = await conflict.text();
  expect(page).toContain('Bob changed this issue (edit)');
  expect(page).toContain(
    '<td>The subject that Bob wrote first</td><td>The subject that Ann wrote second</td>',
  );
  expect((await issueOf(app)).content.subject).toBe('The subject that Bob wrote first');
  const expected = /name="expected" value="(\w+)"/.exec(page)?.[1] ?? '';
  expect((await app.post(`${PAGE}/edit`, { expected, subject: mine.subject })).status).toBe(303);
  expect((await issueOf(app)).content.subject).toBe(mine.subject);
  // The script is told the same, as JSON.
  const answer = await app.request(`${PAGE}/edit`, {
    method: 'POST',
    headers: { ...asBob, accept: 'application/json' },
    body: new URLSearchParams({ expected: content_hash, subject: 'Too late' }),
  });
  expect([answer.status, await answer.json()]).toEqual([
    409,
    { problem: expect.stringContaining('was changed meanwhile') },
  ]);
  // A change of the order is refused as well.
  const order = (await slugsOf(app)).toReversed().join(' ');
  expect((await app.post(`${PAGE}/arrange`, { expected: content_hash, order })).status).toBe(409);
});

test('comparisons are reordered, left out and added, and the words follow', async () => {
  const app = await createDrafted();
  const [first = '', second = '', third = ''] = await slugsOf(app);
  const arrange = async (fields: Record<string, string>) =>
    app.post(`${PAGE}/arrange`, { expected: (await issueOf(app)).content_hash, ...fields });
  await app.post(`${PAGE}/edit`, {
    expected: (await issueOf(app)).content_hash,
    [`verdict:${second}`]: 'Our own words on the second.',
  });
  expect((await arrange({ order: `${second} ${first}` })).status).toBe(303);
  const { content, choice } = await issueOf(app);
  expect(await slugsOf(app)).toEqual([second, first]);
  expect(content.lead.verdict).toBe('Our own words on the second.');
  expect(content.subject).toContain(content.lead.tools[0].name);
  expect(choice.rejections[0]).toMatchObject({ slug: third, reasons: ['left out by staff'] });
  expect(await (await app.request(PAGE)).text()).toContain(`<option value="${third}">`);
  await arrange({ order: `${second} ${first}`, add: third });
  expect(await slugsOf(app)).toEqual([second, first, third]);
  expect(await listChangedFacts(app.context.db, await issueOf(app))).toEqual([]);
  await takeNewFacts(app.context, WEEK);
  expect((await issueOf(app)).content.lead.verdict).toBe('Our own words on the second.');
  expect((await arrange({ order: `${second} ${second}` })).status).toBe(400);
  expect((await arrange({ order: 'nothing-vs-nobody' })).status).toBe(400);
  await approveIssue(app.context, WEEK, 'ann');
  expect((await arrange({ order: first })).status).toBe(409);
});

test('one field goes back to what was generated, and the others stay', async () => {
  const app = await createDrafted();
  const { content, content_hash } = await issueOf(app);
  await app.post(`${PAGE}/edit`, {
    expected: content_hash,
    subject: 'Our own subject of this week, by hand',
    introduction: 'And words before it.',
  });
  expect(await (await app.request(PAGE)).text()).toMatch(
    /<button type="submit" form="reset" [^>]*value="subject"|<button[^>]*value="subject"[^>]*form="reset"/,
  );
  await app.post(`${PAGE}/edit`, { expected: (await issueOf(app)).content_hash, reset: 'subject' });
  expect((await issueOf(app)).content).toMatchObject({
    subject: content.subject,
    introduction: 'And words before it.',
  });
});

test('a comparison is put in place of another in one press', async () => {
  const app = await createDrafted();
  const [first = '', second = '', third = ''] = await slugsOf(app);
  await app.post(`${PAGE}/arrange`, { order: `${first} ${second}` });
  const page = await (await app.request(PAGE)).text();
  expect(page).toMatch(/In place of<\/label><select[^>]*>/);
  await app.post(`${PAGE}/arrange`, { order: `${first} ${second}`, add: third, instead: first });
  expect(await slugsOf(app)).toEqual([third, second]);
});

test('a text with line breaks, control characters or too many letters is refused', async () => {
  const app = await createDrafted();
  const { content_hash } = await issueOf(app);
  for (const introduction of ['x'.repeat(301), 'left \u202E right']) {
    const response = await app.post(`${PAGE}/edit`, { expected: content_hash, introduction });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('at most 300 characters'),
    ]);
  }
  expect((await issueOf(app)).content_hash).toBe(content_hash);
});

test('two people who write in different fields are not in each other’s way', async () => {
  const app = await createDrafted();
  const { content, content_hash } = await issueOf(app);
  const shown = { 'was:subject': content.subject, 'was:preheader': content.preheader };
  const mine = { preheader: content.preheader, subject: 'Only the subject is mine, all of it' };
  await app.post(`${PAGE}/edit`, { ...shown, ...mine, expected: content_hash });
  const other = {
    subject: content.subject,
    preheader: 'Only the preheader is mine, and I saw the old subject',
  };
  expect((await app.post(`${PAGE}/edit`, { ...shown, ...other, expected: content_hash })).status).toBe(303);
  expect((await issueOf(app)).content).toMatchObject({ subject: mine.subject, preheader: other.preheader });
});

test('without scripts the page says that other buttons do not keep what was typed', async () => {
  const app = await createDrafted();
  expect(await (await app.request(PAGE)).text()).toMatch(
    /<noscript><p>Your browser runs no scripts: press “Save”/,
  );
});

test('a line break becomes a space; a comparison that is left out and added again is what it was before', async () => {
  const app = await createDrafted();
  const { choice } = await issueOf(app);
  const post = async (action: string, fields: Record<string, string>) =>
    app.post(`${PAGE}/${action}`, { expected: (await issueOf(app)).content_hash, ...fields });
  await post('edit', { introduction: 'Line one\r\n\r\nline two' });
  expect((await issueOf(app)).content.introduction).toBe('Line one line two');
  const [first = '', second = '', third = ''] = await slugsOf(app);
  await post('arrange', { order: `${first} ${second}` });
  const page = async () => (await app.request(PAGE)).text();
  expect(await page()).toContain(
    `<option value="${third}">Mossgate vs Tallyrook: left out by staff</option>`,
  );
  await post('arrange', { order: `${first} ${second}`, add: third });
  expect((await issueOf(app)).choice).toMatchObject({ picks: choice.picks, rejections: choice.rejections });
  await post('arrange', { order: `${first} ${second}` });
  await post('undo', {});
  expect((await issueOf(app)).choice).toMatchObject({ picks: choice.picks, rejections: choice.rejections });
});

test('a comparison made after the draft is added with what speaks against it, and is not “left out” when that is undone', async () => {
  const app = await createDrafted();
  const { db } = app.context;
  const post = async (action: string, fields: Record<string, string> = {}) =>
    app.post(`${PAGE}/${action}`, { expected: (await issueOf(app)).content_hash, ...fields });
  const [first = '', second = '', third = ''] = await slugsOf(app);
  const [a = ''] = third.split('-vs-');
  await post('arrange', { order: `${first} ${second}` });
  // Its first tool was in the last issue.
  await sql`
    insert into issues (week, number, status, content, content_hash, edits, made_from, choice, cut_off_at, drafted_at, prepared_at, sent_at)
    select '2026-W47', 0, 'sent', content, 'x', '{}',
      json_build_object('tools', (select json_object_agg(slug, revision) from tools), 'comparisons', '{}'::json), choice, cut_off_at - interval '7 days', drafted_at - interval '7 days',
      drafted_at - interval '6 days', drafted_at - interval '6 days' from issues where week = ${WEEK}`.execute(
    db,
  );
  await sql`
    insert into issue_comparisons (issue_id, comparison_slug, tool_a, tool_b, position)
    select id, 'earlier', ${a}, 'another', 0 from issues where week = '2026-W47'`.execute(db);
  await sql`update comparisons set slug = 'made-later' where slug = ${third}`.execute(db);
  const before = (await issueOf(app)).choice.rejections;
  await post('arrange', { order: `${first} ${second}`, add: 'made-later' });
  const added = (await issueOf(app)).choice.picks.find(({ slug }) => slug === 'made-later');
  expect(added?.reasons).toEqual([
    'chosen by staff',
    'although Mossgate was in 2026-W47 and has not changed since',
  ]);
  await post('undo');
  expect((await issueOf(app)).choice.rejections).toEqual(before);
});

test('what was written and arranged is undone and redone, step by step, even after a change of facts', async () => {
  const app = await createDrafted();
  const { db } = app.context;
  const write = async (fields: Record<string, string>, seconds: number) => {
    app.clock.now = new Date(app.clock.now.getTime() + seconds * 1000);
    const { content_hash } = await issueOf(app);
    expect((await app.post(`${PAGE}/edit`, { expected: content_hash, ...fields })).status).toBe(303);
  };
  const move = async (way: string) => {
    const { content_hash } = await issueOf(app);
    return (await app.post(`${PAGE}/${way}`, { expected: content_hash })).status;
  };
  const state = async () => {
    const { content } = await issueOf(app);
    return [content.introduction ?? '', content.subject, (await slugsOf(app)).join(' ')];
  };
  const page = async () => (await app.request(PAGE)).text();
  const generated = await state();
  const [, subject, order = ''] = generated;
  expect(await page()).toMatch(/data-step="undo" hidden/);
  expect(await move('undo')).toBe(409);

  // What is typed without a pause is one step; another field is the next.
  await write({ introduction: 'Three' }, 5);
  await write({ introduction: 'Three pairs' }, 5);
  await write({ introduction: 'Three pairs this week.' }, 5);
  await write({ subject: 'Our own subject of this week, by hand' }, 5);
  const reversed = order.split(' ').toReversed().join(' ');
  await app.post(`${PAGE}/arrange`, { order: reversed });
  const last = ['Three pairs this week.', 'Our own subject of this week, by hand', reversed];
  expect(await state()).toEqual(last);
  expect(await page()).toContain('Undo<span data-step-changes="">: the comparisons</span>');

  expect([await move('undo'), await state()]).toEqual([303, [last[0], last[1], order]]);
  expect([await move('undo'), await state()]).toEqual([303, [last[0], subject, order]]);
  expect([await move('undo'), await state()]).toEqual([303, generated]);
  expect(await move('undo')).toBe(409);
  expect([await move('redo'), (await state())[0]]).toEqual([303, last[0]]);

  // Facts stay as they are now.
  await db
    .updateTable('tools')
    .set({ price_note: '$7 a month', revision: 99 })
    .where('slug', '=', 'harborlight')
    .execute();
  await takeNewFacts(app.context, WEEK);
  expect([await move('redo'), await move('redo'), await state()]).toEqual([303, 303, last]);
  expect(JSON.stringify((await issueOf(app)).content)).toContain('$7 a month');
  expect(await listChangedFacts(db, await issueOf(app))).toEqual([]);
  expect(await move('redo')).toBe(409);

  // After writing something new, nothing can be redone.
  await move('undo');
  await write({ introduction: 'Another beginning' }, 90);
  expect(await move('redo')).toBe(409);
  expect([await move('undo'), await state()]).toEqual([303, [last[0], last[1], order]]);
});

test('deleting a text and each arrangement are steps of their own, however quickly they follow', async () => {
  const app = await createDrafted();
  const order = await slugsOf(app);
  const post = async (action: string, fields: Record<string, string> = {}) =>
    (await app.post(`${PAGE}/${action}`, { expected: (await issueOf(app)).content_hash, ...fields })).status;
  await post('edit', { introduction: 'Written by hand' });
  await post('edit', { introduction: '' });
  expect((await issueOf(app)).content.introduction).toBeUndefined();
  await post('undo');
  expect((await issueOf(app)).content.introduction).toBe('Written by hand');
  await post('arrange', { order: order.slice(0, 2).join(' ') });
  await post('arrange', { order: order[0]! });
  await post('undo');
  expect(await slugsOf(app)).toEqual(order.slice(0, 2));
  await post('undo');
  expect(await slugsOf(app)).toEqual(order);
});

test('an undo does not overwrite what somebody else wrote meanwhile', async () => {
  const app = await createDrafted();
  const { content_hash } = await issueOf(app);
  await app.post(`${PAGE}/edit`, { expected: content_hash, introduction: 'Mine' });
  const seen = (await issueOf(app)).content_hash;
  await app.post(`${PAGE}/edit`, { expected: seen, subject: 'Written by somebody else meanwhile' });
  expect((await app.post(`${PAGE}/undo`, { expected: seen })).status).toBe(409);
  expect((await issueOf(app)).content.introduction).toBe('Mine');
});

test('a quote can be shortened but not reworded, and the cut is dropped once the review is rewritten', async () => {
  const app = await createDrafted();
  const { content } = await issueOf(app);
  const [quote] = content.lead.quotes ?? [];
  const field = `quote:${content.lead.slug}:0`;
  const words = quote?.text.split(' ') ?? [];
  const save = async (text: string) => {
    const { content_hash } = await issueOf(app);
    return app.post(`${PAGE}/edit`, { expected: content_hash, [field]: text });
  };
  expect(await (await app.request(PAGE)).text()).toContain(`Quote of ${quote?.reviewer} on ${quote?.tool}`);
  const cut = `${words.slice(0, 3).join(' ')} …`;
  expect((await save(cut)).status).toBe(303);
  expect((await issueOf(app)).content.lead.quotes?.[0]?.text).toBe(cut);
  const { html } = await renderIssue((await issueOf(app)).content, app.context.config);
  expect(html).toContain(cut);
  const inside = words.find((word) => word.length > 4)?.slice(1) ?? '';
  for (const wrong of [
    inside,
    `${words.slice(0, 2).join(' ')} awfully`,
    `${words.at(-1)} … ${words[0]}`,
    '…',
  ]) {
    const refused = await save(wrong);
    expect([wrong, refused.status]).toEqual([wrong, 400]);
    expect(await refused.text()).toContain('a quote may only be shortened');
  }
  await takeNewFacts(app.context, WEEK);
  expect((await issueOf(app)).content.lead.quotes?.[0]?.text).toBe(cut);
  // The review is rewritten: the cut was of the old one.
  await app.context.db.updateTable('reviews').set({ quote: 'An entirely new opinion, ship it.' }).execute();
  await app.context.db.updateTable('tools').set({ revision: 77 }).execute();
  await takeNewFacts(app.context, WEEK);
  expect(Object.keys((await issueOf(app)).edits)).toEqual([]);
  expect((await issueOf(app)).content.lead.quotes?.[0]?.text).toContain('An entirely new opinion');
  // Nor does an undo bring back what is no longer said.
  const { content_hash } = await issueOf(app);
  await app.post(`${PAGE}/edit`, { expected: content_hash, introduction: 'Something else.' });
  await app.post(`${PAGE}/undo`, { expected: (await issueOf(app)).content_hash });
  expect((await issueOf(app)).content.lead.quotes?.[0]?.text).toContain('An entirely new opinion');
});

test('the mail is shown with what is being typed, and nothing of it is saved or recorded', async () => {
  const app = await createDrafted();
  const before = await issueOf(app);
  const typed = await app.post(`${PAGE}/typed?reader=1&look=dark`, {
    introduction: 'Half a sen',
    'was:introduction': '',
    subject: before.content.subject,
    'was:subject': before.content.subject,
  });
  expect(typed.headers.get('content-security-policy')).toContain("frame-ancestors 'self'");
  const html = await typed.text();
  expect(html).toContain('Half a sen');
  const odd = await app.post(`${PAGE}/typed`, {
    introduction: 'Half \uE000vote\uE001 a sen\uD800',
    'was:introduction': '',
  });
  expect([odd.status, (await odd.text()).includes('Half vote a sen')]).toEqual([200, true]);
  const shown = await (await app.request(`${PAGE}/copy?reader=1&look=dark`)).text();
  expect(shown).not.toContain('Half a sen');
  expect(await issueOf(app)).toEqual(before);
  expect(await app.context.db.selectFrom('audit_log').select('id').execute()).toEqual([]);
  await approveIssue(app.context, WEEK, 'test');
  const frozen = await app.post(`${PAGE}/typed`, { introduction: 'Half a sen' });
  expect([frozen.status, (await frozen.text()).includes('Half a sen')]).toEqual([200, false]);
});

test('an undo brings back the last of several arrangements', async () => {
  const app = await createDrafted();
  const [a, b, c] = await slugsOf(app);
  await app.post(`${PAGE}/arrange`, { order: `${b} ${a} ${c}` });
  await app.post(`${PAGE}/arrange`, { order: `${c} ${a} ${b}` });
  await app.post(`${PAGE}/edit`, {
    expected: (await issueOf(app)).content_hash,
    introduction: 'Something else.',
  });
  await app.post(`${PAGE}/undo`, { expected: (await issueOf(app)).content_hash });
  expect(await slugsOf(app)).toEqual([c, a, b]);
});

test('what was written about a comparison that somebody else left out is not dropped silently', async () => {
  const app = await createDrafted();
  const { content_hash } = await issueOf(app);
  const [lead = '', ...others] = await slugsOf(app);
  await app.post(`${PAGE}/arrange`, { order: others.join(' ') });
  const fields = {
    expected: content_hash,
    [`verdict:${lead}`]: 'Written with care.',
    [`was:verdict:${lead}`]: 'As it was.',
  };
  const form = await app.post(`${PAGE}/edit`, fields);
  expect(form.status).toBe(409);
  expect(await form.text()).toMatch(/no longer in the issue<\/td><td>Written with care\./);
  const script = await app.request(`${PAGE}/edit`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { origin: app.url, accept: 'application/json' },
  });
  expect(script.status).toBe(409);
});

test('one reader’s choice of categories does not keep staff from the issue', async () => {
  const app = await createDrafted();
  // A category that the site has, but not in this issue.
  await sql`
    insert into tools (slug, name, category, tagline, description, entry_price, price_checked_on, reviewed_on)
    select 'robot', 'Robot', 'Robots', tagline, description, entry_price, price_checked_on, reviewed_on
    from tools limit 1`.execute(app.context.db);
  await app.context.db
    .updateTable('subscribers')
    .set({ categories: ['Robots'], always_lead: false })
    .where('id', '=', 1)
    .execute();
  const page = await app.request(PAGE);
  expect(page.status).toBe(200);
  expect(await page.text()).not.toContain('This reader gets nothing');
  const theirs = await app.request(`${PAGE}?reader=1`);
  expect(theirs.status).toBe(200);
  expect(await theirs.text()).toContain('This reader gets no mail for this issue');
  expect((await app.request(`${PAGE}/copy?reader=1`)).status).toBe(200);
  // Even if there is nobody else.
  await app.context.db.deleteFrom('subscribers').where('id', '>', 1).execute();
  expect((await app.request(PAGE)).status).toBe(200);
});

test('only somebody who has seen a hold can end it', async () => {
  const app = await createDrafted();
  const approve = (hold: string) => app.post(`${PAGE}/approve`, { hold });
  const shownHold = async () =>
    /name="hold" value="([^"]*)"/.exec(await (await app.request(PAGE)).text())?.[1];
  expect(await shownHold()).toBe('');
  await app.post(`${PAGE}/hold`, { reason: 'the lawyers are reading it' });
  const first = (await shownHold()) ?? '';
  const stale = await approve('');
  expect(stale.status).toBe(409);
  expect(await stale.text()).toContain('has been held since you saw it: the lawyers are reading it.');
  expect((await getIssue(app.context.db, WEEK)).status).toBe('held');
  const page = await (await app.request(PAGE)).text();
  expect(page).toContain('Approve and release</button>');
  expect(page).toContain('The hold ends, and it goes out at its time');
  // Nor can somebody who saw other words.
  await editIssue(app.context, WEEK, { subject: 'What Bob wrote while Ann was reading' });
  const seen = { expected: 'other words', hold: (await shownHold()) ?? '' };
  expect((await app.post(`${PAGE}/release`, seen)).status).toBe(409);
  // Nor can somebody who saw another hold.
  app.clock.now = new Date(app.clock.now.getTime() + 60_000);
  await app.post(`${PAGE}/hold`, { reason: 'a price is wrong' });
  expect((await approve(first)).status).toBe(409);
  expect((await app.post(`${PAGE}/release`, { hold: first })).status).toBe(409);
  expect((await approve((await shownHold()) ?? '')).status).toBe(303);
  expect((await getIssue(app.context.db, WEEK)).status).toBe('approved');
});

test('the answer to a save says which version it changed, since somebody else may have changed other parts', async () => {
  const app = await createDrafted();
  const { content, content_hash } = await issueOf(app);
  const order = await slugsOf(app);
  await app.post(`${PAGE}/arrange`, { expected: content_hash, order: order.slice(0, 2).join(' ') });
  const between = (await issueOf(app)).content_hash;
  const save = async (fields: Record<string, string>) => {
    const answer = await app.request(`${PAGE}/edit`, {
      method: 'POST',
      headers: { accept: 'application/json', Origin: app.url },
      body: new URLSearchParams({ expected: content_hash, ...fields }),
    });
    return (await answer.json()) as { before: string; content_hash: string };
  };
  const introduction = { introduction: 'Mine', 'was:introduction': '' };
  expect(await save(introduction)).toMatchObject({ before: between });
  // Saving the same text again is no conflict: it is what is stored.
  const { content_hash: after } = await issueOf(app);
  expect(await save(introduction)).toMatchObject({ before: after, content_hash: after });
  // Nobody can discard what somebody else has written since, without having seen it.
  await editIssue(app.context, WEEK, { subject: 'What Bob wrote while Ann was reading' });
  const reset = await app.post(`${PAGE}/edit`, { expected: after, reset: 'subject' });
  expect([reset.status, (await issueOf(app)).content.subject]).toEqual([
    409,
    'What Bob wrote while Ann was reading',
  ]);
  expect(content.introduction).toBeUndefined();
});

test('the new facts are taken once: pressing later takes no approval away', async () => {
  const app = await createDrafted();
  await app.context.db.updateTable('tools').set({ price_note: '$9', revision: 2 }).execute();
  expect((await app.post(`${PAGE}/take-facts`)).status).toBe(303);
  await app.post(`${PAGE}/approve`);
  expect((await app.post(`${PAGE}/take-facts`)).status).toBe(303);
  expect((await issueOf(app)).status).toBe('approved');
});

test('an issue that was changed meanwhile is not approved by somebody who saw it before', async () => {
  const app = await createDrafted();
  const { content_hash } = await issueOf(app);
  expect(await (await app.request(PAGE)).text()).toContain(
    `<input type="hidden" name="expected" value="${content_hash}"/><input type="hidden" name="hold" value=""/><button type="submit" class="">Approve`,
  );
  await editIssue(app.context, WEEK, { subject: 'What Bob wrote while Ann was reading' });
  const refused = await app.post(`${PAGE}/approve`, { expected: content_hash });
  expect([refused.status, await refused.text()]).toEqual([
    409,
    expect.stringContaining('has been changed since you saw it'),
  ]);
  const { content_hash: seen } = await issueOf(app);
  expect((await app.post(`${PAGE}/approve`, { expected: seen })).status).toBe(303);
});

test('a tool can be in only one comparison of an issue, whether it is added or swapped in', async () => {
  const app = await createDrafted();
  const { db } = app.context;
  await db
    .insertInto('comparisons')
    .values({
      slug: 'harborlight-vs-mossgate',
      tool_a: 'harborlight',
      tool_b: 'mossgate',
      question: 'Which one?',
      published_at: new Date('2026-11-18T09:00:00Z'),
    })
    .execute();
  const order = await slugsOf(app);
  const { content_hash } = await issueOf(app);
  const added = await app.post(`${PAGE}/arrange`, {
    expected: content_hash,
    order: order.join(' '),
    add: 'harborlight-vs-mossgate',
  });
  expect([added.status, await added.text()]).toEqual([
    400,
    expect.stringMatching(/(Harborlight|Mossgate) would be in two comparisons; an issue has each tool once/),
  ]);
  // Changed content can have the same effect: then the issue fails its checks.
  await db
    .updateTable('comparisons')
    .set({ tool_b: 'mossgate', revision: 2 })
    .where('slug', '=', 'harborlight-vs-quillbench')
    .execute();
  await takeNewFacts(app.context, WEEK);
  expect(await (await app.request(PAGE)).text()).toContain('Mossgate is in two comparisons');
});

test('a tool that takes the place of another in a comparison is the one whose votes count', async () => {
  const app = await createDrafted();
  const { db } = app.context;
  await sql`insert into tools (slug, name, category, tagline, description, entry_price, price_checked_on, reviewed_on)
    select 'newcomer', 'Newcomer', category, tagline, description, entry_price, price_checked_on, reviewed_on
    from tools where slug = 'quillbench'`.execute(db);
  await db
    .updateTable('comparisons')
    .set({ tool_b: 'newcomer', revision: 2 })
    .where('slug', '=', 'harborlight-vs-quillbench')
    .execute();
  await takeNewFacts(app.context, WEEK);
  const tools = db
    .selectFrom('issue_comparisons')
    .select(['tool_a', 'tool_b'])
    .where('comparison_slug', '=', 'harborlight-vs-quillbench');
  expect(await tools.execute()).toEqual([{ tool_a: 'harborlight', tool_b: 'newcomer' }]);
});

test('a generated line with a long or right-to-left name is not taken for one that staff wrote', async () => {
  const app = await createTestApp();
  const { db } = app.context;
  await seedContent(db);
  await db
    .updateTable('tools')
    .set({ name: 'אלפא' })
    .where('slug', 'in', ['mossgate', 'harborlight'])
    .execute();
  await db
    .updateTable('tools')
    .set({ name: 'Автоматический помощник для разработчиков' })
    .where('slug', '=', 'ovenbird')
    .execute();
  await draftIssue(app.context, WEEK);
  const { content, choice } = await issueOf(app);
  expect(choice.subjects?.[0]?.text).toBe(content.subject);
  expect(choice.preheaders?.[0]?.text).toBe(content.preheader);
  const reversed = (await slugsOf(app)).toReversed().join(' ');
  await app.post(`${PAGE}/arrange`, { order: reversed });
  expect(Object.keys((await issueOf(app)).edits)).toEqual([]);
});

test('a line with the mark that a right-to-left name needs is edited like any other', async () => {
  const app = await createDrafted();
  await app.context.db
    .updateTable('tools')
    .set({ name: 'אלפא', revision: 2 })
    .where('slug', '=', 'harborlight')
    .execute();
  await takeNewFacts(app.context, WEEK);
  const { content, content_hash } = await issueOf(app);
  expect(content.subject).toContain('\u200E');
  const subject = `${content.subject}, we think`;
  expect((await app.post(`${PAGE}/edit`, { expected: content_hash, subject })).status).toBe(303);
});

test('a pair that was made for the issue can be left out and added again', async () => {
  const app = await createTestApp({ ISSUE_MIN_COMPARISONS: '4' });
  const { db } = app.context;
  await seedContent(db);
  await seedReaders(db, 2);
  await sql`insert into tools (slug, name, category, tagline, description, entry_price, price_checked_on, reviewed_on)
    select new, initcap(new), 'Robots', tagline, description, entry_price, price_checked_on, '2026-11-20'
    from tools, unnest(array['ant', 'bee']) as new where slug = 'quillbench'`.execute(db);
  await sql`insert into reviews (tool_slug, reviewer_slug, verdict, quote)
    select name, reviewer_slug, verdict, name || quote from reviews, unnest(array['ant', 'bee']) as name
    where tool_slug = 'quillbench'`.execute(db);
  await draftIssue(app.context, WEEK);
  const order = await slugsOf(app);
  expect(order).toContain('ant-vs-bee');
  const without = order.filter((slug) => slug !== 'ant-vs-bee').join(' ');
  const post = async (action: string, fields: Record<string, string> = {}) =>
    (await app.post(`${PAGE}/${action}`, { expected: (await issueOf(app)).content_hash, ...fields })).status;
  expect(await post('arrange', { order: without })).toBe(303);
  expect(await (await app.request(PAGE)).text()).toContain('Ant vs Bee: left out by staff');
  expect([await post('undo'), await slugsOf(app)]).toEqual([303, order]);
  await post('arrange', { order: without });
  expect(await post('arrange', { order: without, add: 'ant-vs-bee' })).toBe(303);
  await takeNewFacts(app.context, WEEK);
  expect(await slugsOf(app)).toContain('ant-vs-bee');
});

test('a pair is not made of a comparison that is scheduled for later, nor of a tool reviewed in the future', async () => {
  const app = await createTestApp({ ISSUE_MIN_COMPARISONS: '5' });
  const { db } = app.context;
  await seedContent(db);
  await sql`insert into tools (slug, name, category, tagline, description, entry_price, price_checked_on, reviewed_on)
    select new, initcap(new), 'Robots', tagline, description, entry_price, price_checked_on, day::date
    from tools, unnest(array['ant', 'bee', 'cat'], array['2026-11-20', '2026-11-20', '2027-03-01']) as added (new, day)
    where slug = 'quillbench'`.execute(db);
  await sql`insert into reviews (tool_slug, reviewer_slug, verdict, quote)
    select name, reviewer_slug, verdict, name || quote from reviews, unnest(array['ant', 'bee', 'cat']) as name
    where tool_slug = 'quillbench'`.execute(db);
  await db
    .insertInto('comparisons')
    .values({
      slug: 'ant-vs-bee',
      tool_a: 'bee',
      tool_b: 'ant',
      question: 'Embargoed?',
      published_at: new Date('2026-12-02T09:00:00Z'),
    })
    .execute();
  await draftIssue(app.context, WEEK);
  expect((await slugsOf(app)).join(' ')).not.toMatch(/ant|bee|cat/);
});

test('a comparison that staff put into an issue is no longer pinned', async () => {
  const app = await createDrafted();
  const [first = '', ...others] = await slugsOf(app);
  await app.post(`${PAGE}/arrange`, { order: others.join(' ') });
  await setPin(app.context, first, true);
  await app.post(`${PAGE}/arrange`, { order: others.join(' '), add: first });
  expect(await listPins(app.context.db)).toEqual([]);
});

test('“Everything back to generated” also brings back what was written since the page was loaded', async () => {
  const app = await createDrafted();
  const { context } = app;
  const before = await getIssue(context.db, WEEK);
  await editIssue(context, WEEK, { subject: 'What we would really ship this week' });
  expect(await (await app.request(PAGE)).text()).toMatch(/<button[^>]*value="everything"/);
  await editIssue(context, WEEK, { introduction: 'Saved by itself, after that.' });
  const { content_hash } = await getIssue(context.db, WEEK);
  expect((await app.post(`${PAGE}/edit`, { reset: 'everything', expected: content_hash })).status).toBe(303);
  const { content, edits } = await getIssue(context.db, WEEK);
  expect([content, edits]).toEqual([before.content, {}]);
});

test('the preview says of a reader who gets no mail that nothing is sent to them', async () => {
  const app = await createDrafted();
  const { db } = app.context;
  const page = async () => (await app.request(`${PAGE}?reader=1`)).text();
  expect(await page()).not.toContain('Nothing is sent to this reader');
  await db
    .updateTable('subscribers')
    .set({ status: 'unsubscribed', unsubscribed_at: app.clock.now })
    .where('id', '=', 1)
    .execute();
  expect(await page()).toContain('Nothing is sent to this reader: their status is unsubscribed');
  await db
    .updateTable('subscribers')
    .set({ status: 'active', unsubscribed_at: null, paused_until: new Date('2027-01-01') })
    .where('id', '=', 1)
    .execute();
  expect(await page()).toContain('they have paused until 1 January 2027');
});
