import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { closeVoting } from '../../src/votes/close/close.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { visitAndVote } from '../support/visit.ts';

const PNG = '89504e470d0a1a0a';

async function createVoted(env: Record<string, string> = {}) {
  const app = await createSentIssue(45, 'unknown', env);
  for (let reader = 1; reader <= 42; reader++) {
    await visitAndVote(app, app.pathOf(reader, 'harborlight', reader <= 30 ? 'ship' : 'skip'));
  }
  for (let reader = 1; reader <= 12; reader++) {
    await visitAndVote(app, app.pathOf(reader, 'quillbench', 'ship'));
  }
  const text = async (path: string) => (await app.request(path)).text();
  return { ...app, text };
}

test('while voting is open a result page shows no figures', async () => {
  const app = await createVoted();
  const page = await app.text(`/results/${WEEK}`);
  expect(page).toContain('Voting is open');
  // The stylesheet has a hash in its name.
  expect(/<main.*<\/main>/s.exec(page)?.[0]).not.toMatch(/\d% ship|42/);
  expect(await app.text(`/results/${WEEK}/harborlight-vs-quillbench`)).toContain('Voting is open');
  expect((await app.request(`/results/${WEEK}/harborlight-vs-nobody`)).status).toBe(404);
  expect((await app.request(`/results/${WEEK}/harborlight-vs-quillbench.png`)).status).toBe(404);
  expect(await app.text('/results')).toContain('The first result comes when');
  // Closed, and not counted yet.
  await app.context.db.updateTable('issues').set({ voting_closed_at: app.clock.now }).execute();
  for (const path of [`/results/${WEEK}`, `/results/${WEEK}/harborlight-vs-quillbench`]) {
    expect(await app.text(path)).toContain('Votes are being counted');
  }
});

test('a frozen result is shown as a chart, a table and text, with the panel separate', async () => {
  const app = await createVoted();
  await closeVoting(app.context, WEEK);
  const page = await app.text(`/results/${WEEK}/harborlight-vs-quillbench`);
  const table = page.slice(page.indexOf('<table'), page.indexOf('</table>'));
  expect(table).toMatch(/Readers ship<\/th><td>71%<\/td><td>—/);
  // Wilson's interval for 30 of 42, to the whole per cent.
  expect(table).toMatch(/True share \(95%\)<\/th><td>56% to 83%<\/td><td>—/);
  expect(table).toMatch(/Votes counted<\/th><td>42<\/td><td>12<\/td>/);
  expect(table).toMatch(/AI panel ships<\/th><td>3 of 4<\/td><td>2 of 4<\/td>/);
  // 71 % of the chart's width of 480.
  expect(page).toMatch(/class="chart-readers"[^>]*><circle [^>]*cx="340\./);
  expect(page).toContain(
    `Harborlight vs Quillbench: 71% of 42 readers ship Harborlight. AI panel: 3 of 4 for Harborlight, 2 of 4 for Quillbench. ${app.context.config.publicUrl}/results/${WEEK}/harborlight-vs-quillbench`,
  );
  expect(await app.text('/')).toContain('71% ship');
  const all = await app.text(`/results/${WEEK}`);
  expect(all.match(/<figure/g)).toHaveLength(3);
  expect(all).toContain('self-selected');
  expect(await app.text('/results')).toContain(`/results/${WEEK}`);
  expect(await app.text(`/results?before=${WEEK}`)).toContain('There are no earlier results.');
});

test('the results of more than a hundred issues are on further pages', async () => {
  const app = await createVoted();
  await closeVoting(app.context, WEEK);
  const { db } = app.context;
  await sql`
    with copied as (
      insert into issues (week, number, status, content, content_hash, made_from, edits, choice, cut_off_at, drafted_at, prepared_at)
      select to_char(date '2024-01-01' + 7 * later, 'IYYY-"W"IW'), 1000 + later, 'sent', content, content_hash, made_from, edits, choice,
        cut_off_at, drafted_at, prepared_at
      from issues, generate_series(1, 100) as later returning id)
    insert into tallies (issue_id, tool_slug, ship, skip, held, waiting, paired, paired_ship, both_ship, frozen_at)
    select id, 'harborlight', 1, 1, 0, 0, 0, 0, 0, now() from copied`.execute(db);
  const [, next = ''] = /href="(\/results\?before=[^"]+)" rel="next"/.exec(await app.text('/results')) ?? [];
  expect(next).toBe('/results?before=2024-W03');
  expect(await app.text(next)).toContain('/results/2024-W02');
});

test('the share image of a result is drawn once, stored, and announced as og:image', async () => {
  const app = await createVoted();
  await closeVoting(app.context, WEEK);
  const path = `/results/${WEEK}/harborlight-vs-quillbench.png`;
  const answer = await app.request(path);
  expect(answer.headers.get('content-type')).toBe('image/png');
  expect(answer.headers.get('cache-control')).toContain('immutable');
  const png = Buffer.from(await answer.arrayBuffer());
  expect(png.subarray(0, 8).toString('hex')).toBe(PNG);
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630]);
  const drawn = () =>
    app.context.db.selectFrom('share_images').select(['comparison_slug', 'drawn_at']).execute();
  const before = await drawn();
  expect(before).toHaveLength(1);
  app.clock.now = new Date('2027-01-01');
  expect(Buffer.from(await (await app.request(path)).arrayBuffer()).equals(png)).toBe(true);
  expect(await drawn()).toEqual(before);
  expect(await app.text(`/results/${WEEK}/harborlight-vs-quillbench`)).toContain(
    `<meta property="og:image" content="${app.context.config.publicUrl}${path}?v=`,
  );
  for (const wrong of ['no-such.png', 'harborlight-vs-quillbench', '2026-W01/a.png']) {
    const { status } = await app.request(`/results/${wrong.includes('/') ? wrong : `${WEEK}/${wrong}`}`);
    expect(status, wrong).toBe(wrong === 'harborlight-vs-quillbench' ? 200 : 404);
  }
});

test('a reader sees interim shares only for tools they have a counted vote on', async () => {
  const app = await createVoted();
  const page = async (reader: number, tool: string) => app.text(app.pathOf(reader, tool, 'ship'));
  expect(await page(1, 'harborlight')).toContain('Readers so far: 71% ship (42 votes)');
  expect(await page(13, 'harborlight')).not.toContain('12 votes');
  expect(await page(44, 'harborlight')).not.toContain('so far:');
});

test('the chart and the picture are those of the result that is frozen now', async () => {
  const app = await createVoted();
  const { db } = app.context;
  await closeVoting(app.context, WEEK);
  const path = `/results/${WEEK}/harborlight-vs-quillbench`;
  const show = async () => {
    const page = await app.text(path);
    return [/<meta property="og:image" content="([^"]*)"/.exec(page)?.[1], /cx="([\d.]+)/.exec(page)?.[1]];
  };
  const [image, place] = await show();
  expect(image).toMatch(/\.png\?v=\d+$/);
  // As after an issue that was withdrawn before anybody got it has gone out.
  await sql`update tallies set skip = ship, ship = skip, frozen_at = frozen_at + interval '1 hour'`.execute(
    db,
  );
  const [laterImage, laterPlace] = await show();
  expect([laterImage === image, laterPlace === place]).toEqual([false, false]);
});

test('a comparison’s verdict does not keep the old name of a tool', async () => {
  const app = await createSentIssue(1);
  const { db } = app.context;
  // Generated from figures that are the same afterwards.
  await sql`update issues set content = jsonb_set(content, '{lead,verdict}', '"All would ship Harborlight and Quillbench."')`.execute(
    db,
  );
  const page = async () => (await app.request('/comparisons/harborlight-vs-quillbench')).text();
  expect(await page()).toContain('All would ship Harborlight and Quillbench.');
  await sql`update tools set name = 'New Harborlight', revision = revision + 1 where slug = 'harborlight'`.execute(
    db,
  );
  expect(await page()).toContain('New Harborlight vs Quillbench');
  expect(await page()).not.toContain('All would ship Harborlight and Quillbench.');
});
