import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { createDraftedIssue } from '../support/drafted-issue.ts';
import { importContent } from '../../src/comparisons/store/import-content.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { editIssue } from '../../src/issues/edit/edit.ts';
import { skipWeek, unskipWeek } from '../../src/issues/decide/skip.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { seedContent } from '../support/seed.ts';
import { exampleContent } from '../comparisons/example-content.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const PICTURE = `${'a'.repeat(32)}.png`;
const TOOL = '/studio/content/tools/harborlight';

/** What a browser would send back for the form of a page. */
function fieldsOf(html: string): Record<string, string> {
  const { document } = parseHTML(html);
  const fields = document.querySelectorAll('form.wide input, form.wide textarea, form.wide select');
  return Object.fromEntries(
    [...fields].map((field) => {
      const chosen = field.localName === 'select' ? field.querySelector('option[selected]') : field;
      const value = field.localName === 'textarea' ? field.textContent : chosen?.getAttribute('value');
      return [field.getAttribute('name') ?? '', value ?? ''];
    }),
  );
}

const load = async (app: TestApp, path: string) => (await app.request(path)).text();
const priceOf = async (app: TestApp) => {
  const { content } = await getIssue(app.context.db, WEEK);
  return [content.lead, ...content.more]
    .flatMap(({ tools }) => tools)
    .find(({ slug }) => slug === 'harborlight');
};

test('a price that is changed in the studio is in the draft at once, which keeps what staff wrote; the change is recorded', async () => {
  const app = await createDraftedIssue();
  const before = await priceOf(app);
  await editIssue(app.context, WEEK, { subject: 'Our own words about Harborlight this week' });
  const fields = fieldsOf(await load(app, TOOL));
  expect(fields.name).toBe('Harborlight');
  const saved = await app.post(TOOL, { ...fields, priceNote: '$7 a month' });
  expect(saved.status).toBe(303);
  const page = await load(app, saved.headers.get('location') ?? '');
  expect(page).toContain(`Saved. The draft of ${WEEK} has the new facts.`);
  expect(page).toMatch(/price note: (?:nothing|<del>[^<]+<\/del>) → <ins>\$7 a month<\/ins>/);
  expect(JSON.stringify(await priceOf(app))).toContain('$7 a month');
  expect(JSON.stringify(await priceOf(app))).not.toBe(JSON.stringify(before));
  expect((await getIssue(app.context.db, WEEK)).content.subject).toBe(
    'Our own words about Harborlight this week',
  );
  // Saved again without a change, nothing is recorded.
  const again = await app.post(TOOL, fieldsOf(await load(app, TOOL)));
  expect(again.headers.get('location')).toContain('redrafted=&held=');
  const changes = await app.context.db
    .selectFrom('content_changes')
    .select(['kind', 'slug'])
    .where('before', 'is not', null)
    .execute();
  expect(changes).toEqual([{ kind: 'tools', slug: 'harborlight' }]);
});

test('an approved issue is held instead, and a picture is kept', async () => {
  const app = await createDraftedIssue();
  await app.context.db
    .insertInto('pictures')
    .values({ name: PICTURE, bytes: Buffer.from('x') })
    .execute();
  await app.context.db
    .insertInto('tool_pictures')
    .values({ tool_slug: 'quillbench', alt: 'A quill', light: PICTURE, dark: null })
    .execute();
  await approveIssue(app.context, WEEK, 'test');
  const path = '/studio/content/tools/quillbench';
  const saved = await app.post(path, { ...fieldsOf(await load(app, path)), tagline: 'Another tagline' });
  expect(await load(app, saved.headers.get('location') ?? '')).toContain(
    `The approved issue of ${WEEK} is held and shows the difference.`,
  );
  expect((await getIssue(app.context.db, WEEK)).status).toBe('held');
  expect(await app.context.db.selectFrom('tool_pictures').selectAll().execute()).toHaveLength(1);
});

test('what breaks a rule of the import is reported at its field, nothing is saved, and nothing that was typed is lost', async () => {
  const app = await createDraftedIssue();
  const fields = { ...fieldsOf(await load(app, TOOL)), name: '', tagline: 'Kept', reviewedOn: '2026-02-31' };
  const reviewer = Object.keys(fields).find((name) => name.startsWith('quote:')) ?? '';
  const refused = await app.post(TOOL, { ...fields, [reviewer]: '' });
  const page = await refused.text();
  expect(refused.status).toBe(400);
  expect(page).toContain('Nothing was saved. See the fields below.');
  expect(page).toMatch(/id="name-problem">is empty; add some text</);
  expect(page).toMatch(/id="reviewedOn-problem">is not a valid date/);
  expect(page).toMatch(/the review of [a-z-]+, quote: is empty/);
  expect(fieldsOf(page)).toMatchObject({ tagline: 'Kept', reviewedOn: '2026-02-31' });
  expect(fieldsOf(await load(app, TOOL)).tagline).not.toBe('Kept');
});

test('when two people edit the same field, the second is told and nothing is overwritten silently', async () => {
  const app = await createDraftedIssue();
  const fields = fieldsOf(await load(app, TOOL));
  await app.post(TOOL, { ...fields, tagline: 'The first one' });
  const second = await app.post(TOOL, { ...fields, tagline: 'The second one' });
  const page = await second.text();
  expect(second.status).toBe(400);
  expect(page).toContain('somebody else changed this meanwhile, to “The first one”');
  expect(page).toContain('<ins>The first one</ins>');
  expect(fieldsOf(await load(app, TOOL)).tagline).toBe('The first one');
  // Having seen it, they may save theirs.
  expect((await app.post(TOOL, fieldsOf(page))).status).toBe(303);
  expect(fieldsOf(await load(app, TOOL)).tagline).toBe('The second one');
});

test('when two people change different fields of a tool, neither loses anything', async () => {
  const app = await createDraftedIssue();
  const fields = fieldsOf(await load(app, TOOL));
  await app.post(TOOL, { ...fields, tagline: 'A tagline of the first one' });
  expect((await app.post(TOOL, { ...fields, category: 'Data' })).status).toBe(303);
  expect(fieldsOf(await load(app, TOOL))).toMatchObject({
    tagline: 'A tagline of the first one',
    category: 'Data',
  });
  // Not even if the second one had to correct something first.
  const broken = await (await app.post(TOOL, { ...fields, name: '' })).text();
  await app.post(TOOL, { ...fieldsOf(await load(app, TOOL)), tagline: 'Another one' });
  expect((await app.post(TOOL, { ...fieldsOf(broken), name: 'Harborlight 2' })).status).toBe(303);
  expect(fieldsOf(await load(app, TOOL))).toMatchObject({ tagline: 'Another one', name: 'Harborlight 2' });
});

test('a review is one field: nobody’s verdict gets somebody else’s words', async () => {
  const app = await createDraftedIssue();
  const fields = fieldsOf(await load(app, TOOL));
  const reviewer = Object.keys(fields)
    .find((name) => name.startsWith('verdict:'))!
    .slice('verdict:'.length);
  await app.post(TOOL, {
    ...fields,
    [`quote:${reviewer}`]: 'I changed my mind about how it counts the words of a text.',
  });
  const other = fields[`verdict:${reviewer}`] === 'ship' ? 'skip' : 'ship';
  const second = await app.post(TOOL, { ...fields, [`verdict:${reviewer}`]: other });
  expect(second.status).toBe(400);
  expect(await second.text()).toContain(`the review of ${reviewer}: somebody else changed this meanwhile`);
});

test('whoever sends a form that does not say what it showed, after somebody else, is told to look at the history', async () => {
  const app = await createDraftedIssue();
  const { seen: _, ...fields } = fieldsOf(await load(app, TOOL));
  await app.post(TOOL, { ...fields, tagline: 'The first one' });
  const second = await app.post(TOOL, { ...fields, tagline: 'The second one' });
  expect(second.status).toBe(400);
  const page = await second.text();
  expect(page).toContain('somebody else changed it since you opened it');
  expect((await app.post(TOOL, fieldsOf(page))).status).toBe(303);
  expect(fieldsOf(await load(app, TOOL)).tagline).toBe('The second one');
});

test('a new tool, a new comparison and a new reviewer are made, listed and found', async () => {
  const app = await createDraftedIssue();
  const make = async (kind: string, values: Record<string, string>) => {
    const made = await app.post(`/studio/new/${kind}`, {
      ...fieldsOf(await load(app, `/studio/new/${kind}`)),
      ...values,
    });
    expect([made.status, made.status === 303 ? '' : await made.text()]).toEqual([303, '']);
  };
  await make('reviewers', { slug: 'newcomer', name: 'The Newcomer', lens: 'What it is like to begin' });
  const tool = fieldsOf(await load(app, TOOL));
  await make('tools', {
    ...tool,
    revision: '',
    slug: 'lanternworks',
    name: 'Lanternworks',
    'verdict:newcomer': 'ship',
    'quote:newcomer': 'Easy.',
  });
  await make('comparisons', {
    slug: 'lanternworks-vs-harborlight',
    tool_a: 'lanternworks',
    tool_b: 'harborlight',
    question: 'Which of the two?',
    publishedAt: '2026-11-24T09:30',
  });
  expect(await load(app, '/studio/content?kind=tools&q=lantern')).toContain(
    '/studio/content/tools/lanternworks',
  );
  expect(await load(app, '/studio/content?kind=tools&q=lantern')).not.toContain('quillbench');
  expect(await load(app, '/studio/content?q=lantern')).toContain('Appears 2026-11-24.');
  const taken = await app.post('/studio/new/tools', { ...tool, revision: '', slug: 'lanternworks' });
  expect(await taken.text()).toMatch(/id="slug-problem">lanternworks exists already/);
});

async function upload(app: TestApp, body: FormData) {
  const response = await app.request('/studio/import/content', {
    method: 'POST',
    body,
    headers: { origin: app.url },
  });
  return { status: response.status, page: await response.text(), location: response.headers.get('location') };
}

const fileOf = (text: string) => {
  const form = new FormData();
  form.set('file', new File([text], 'week.json'));
  return form;
};

test('a file is shown before it is imported, and imported as shown', async () => {
  const app = await createDraftedIssue();
  const shown = await upload(app, fileOf(JSON.stringify(exampleContent())));
  expect(shown.page).toContain('tools: 2 new, 0 changed');
  expect(
    await app.context.db.selectFrom('tools').select('slug').where('slug', '=', 'acme-writer').execute(),
  ).toEqual([]);
  const confirm = async (page: string) => {
    const confirmation = new FormData();
    confirmation.set('confirmed', /name="confirmed" value="(\w+)"/.exec(page)?.[1] ?? '');
    confirmation.set('text', JSON.stringify(exampleContent()));
    return upload(app, confirmation);
  };
  // Somebody else changes what it would replace: it is shown again.
  await importContent(
    app.context.db,
    exampleContent((content) => {
      content.reviewers[0]!.lens = 'Changed meanwhile';
    }),
    { dryRun: false },
  );
  const stale = await confirm(shown.page);
  expect(stale.status).toBe(409);
  expect(stale.page).toContain('Somebody changed the content meanwhile.');
  expect(stale.page).toContain('<del>Changed meanwhile</del>');
  const done = await confirm(stale.page);
  expect([done.status, done.location]).toEqual([303, '/studio/content?redrafted=&held=']);
  expect(await load(app, '/studio/content?redrafted=2026-W48&held=2026-W47')).toContain(
    'The draft of 2026-W48 has the new facts. The approved issue of 2026-W47 is held',
  );
  const again = await upload(app, fileOf(JSON.stringify(exampleContent())));
  expect(again.page).toContain('there is nothing to import');
  const entry = await app.context.db
    .selectFrom('audit_log')
    .selectAll()
    .where('action', '=', 'change content')
    .execute();
  expect(entry[0]?.request).toMatchObject({ reviewers: '0 new, 1 changed' });
});

test('a file with a fault changes nothing, and the message says where it is; no file can name files of the server', async () => {
  const app = await createDraftedIssue();
  const broken = await upload(app, fileOf('{"tools": [}'));
  expect([broken.status, broken.page.includes('week.json is not valid JSON')]).toEqual([400, true]);
  expect(broken.page).toContain('line 1, column 12');
  expect((await upload(app, fileOf(''))).page).toContain('week.json is empty');
  const content = exampleContent((changed) => {
    Object.assign(changed.tools[0]!, { picture: { alt: 'x', light: '/etc/hostname' } });
  });
  const refused = await upload(app, fileOf(JSON.stringify(content)));
  expect(refused.page).toContain('tools[0].picture.light: can only be a data: URL here');
  const remote = exampleContent((changed) => {
    Object.assign(changed.tools[0]!, { picture: { alt: 'x', light: 'https://localhost:1/x.png' } });
  });
  expect((await upload(app, fileOf(JSON.stringify(remote)))).page).toContain('can only be a data: URL here');
  const large = new FormData();
  large.set('file', new File(['x'.repeat(12 * 1024 * 1024)], 'large.json'));
  expect((await upload(app, large)).status).toBe(413);
});

test('a pinned comparison is in the next draft, whatever ranks above it, and then no longer pinned', async () => {
  const app = await createTestApp(
    { ISSUE_MAX_COMPARISONS: '1', ISSUE_MIN_COMPARISONS: '1' },
    '2026-11-23T10:00:00Z',
  );
  await seedContent(app.context.db);
  const slugs = await app.context.db.selectFrom('comparisons').select('slug').orderBy('slug').execute();
  const slug = slugs.map((row) => row.slug).find((one) => one !== 'harborlight-vs-quillbench') ?? '';
  const path = `/studio/content/comparisons/${slug}`;
  expect(await load(app, path)).toContain('only if it ranks among the best');
  await app.post('/studio/pins', { slug: 'harborlight-vs-quillbench', pinned: '1' });
  await app.post('/studio/pins', { slug: 'harborlight-vs-quillbench', pinned: '0' });
  await app.post('/studio/pins', { slug, pinned: '1' });
  expect(await load(app, path)).toContain('It is pinned');
  expect((await app.post('/studio/pins', { slug: 'nothing', pinned: '1' })).status).toBe(404);
  await draftIssue(app.context, WEEK);
  const issue = await getIssue(app.context.db, WEEK);
  expect(issue.content.lead.slug).toBe(slug);
  expect(issue.choice.picks[0]?.reasons[0]).toBe('pinned to this issue by staff');
  expect(await load(app, path)).toContain('only if it is pinned: an issue had it already');
  // A skipped week has no issue to be in; once the skip is taken back, it has.
  await skipWeek(app.context, WEEK);
  expect(await load(app, path)).toContain('It is pinned');
  await unskipWeek(app.context, WEEK);
  expect(await load(app, path)).toContain('only if it is pinned: an issue had it already');
});

test('a comparison that no issue can have says why, pinned or not, and so does the draft without it', async () => {
  const app = await createTestApp({}, '2026-11-23T10:00:00Z');
  const { db } = app.context;
  await seedContent(db);
  const slug = 'harborlight-vs-quillbench';
  await db
    .updateTable('comparisons')
    .set({ published_at: new Date('2026-12-10T00:00:00Z') })
    .where('slug', '=', slug)
    .execute();
  const path = `/studio/content/comparisons/${slug}`;
  expect(await load(app, path)).toContain('No issue can have it as it is: it is not published yet');
  await app.post('/studio/pins', { slug, pinned: '1' });
  expect(await load(app, path)).toContain(
    'It is pinned, but no issue can have it as it is: it is not published yet',
  );
  await draftIssue(app.context, WEEK);
  const { choice } = await getIssue(db, WEEK);
  expect(choice.rejections).toContainEqual({ slug, reasons: ['pinned, but not published yet'] });
  await db.updateTable('comparisons').set({ published_at: app.clock.now }).execute();
  expect(await load(app, path)).toContain('It is pinned: the next issue');
});

test('saves of one tool at the same time wait for each other, and do not use up the connections', async () => {
  const app = await createDraftedIssue();
  const fields = fieldsOf(await load(app, TOOL));
  const saves = await Promise.all(
    Array.from({ length: 30 }, (_, index) => app.post(TOOL, { ...fields, tagline: `Tagline ${index}` })),
  );
  const statuses = saves.map(({ status }) => status);
  expect(statuses.filter((status) => status === 303)).toHaveLength(1);
  expect(statuses.filter((status) => status === 400)).toHaveLength(29);
});

test('a comparison that is saved unchanged keeps its time to the second, even when clocks are put back', async () => {
  const app = await createTestApp({ TIMEZONE: 'Europe/Berlin' });
  await seedContent(app.context.db);
  const path = '/studio/content/comparisons/harborlight-vs-quillbench';
  const at = new Date('2026-10-25T01:30:12Z');
  await app.context.db.updateTable('comparisons').set({ published_at: at }).execute();
  expect((await app.post(path, fieldsOf(await load(app, path)))).status).toBe(303);
  const changes = app.context.db.selectFrom('content_changes').select('id').where('before', 'is not', null);
  expect(await changes.execute()).toEqual([]);
  await app.post(path, { ...fieldsOf(await load(app, path)), publishedAt: '2026-10-26T09:00' });
  const [moved] = await app.context.db
    .selectFrom('comparisons')
    .select('published_at')
    .where('slug', '=', 'harborlight-vs-quillbench')
    .execute();
  expect(moved?.published_at.toISOString()).toBe('2026-10-26T08:00:00.000Z');
});

test('unknown kinds, broken forms and control characters cause no server error', async () => {
  const app = await createDraftedIssue();
  for (const kind of ['toString', '__proto__', 'constructor']) {
    expect((await app.request(`/studio/new/${kind}`)).status).toBe(404);
    expect((await app.request(`/studio/content?kind=${kind}`)).status).toBe(200);
  }
  for (const path of [
    TOOL,
    '/studio/new/tools',
    '/studio/import/content',
    '/studio/import/readers',
    `/studio/issues/${WEEK}/edit`,
  ]) {
    const broken = await app.request(path, {
      method: 'POST',
      body: '--x\r\n',
      headers: { origin: app.url, 'content-type': 'multipart/form-data' },
    });
    expect([path, broken.status]).toEqual([path, 400]);
  }
  const refused = await app.post('/studio/new/tools', { slug: 'a\0b' });
  expect(refused.status).toBe(400);
});
