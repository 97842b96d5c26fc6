import { sampleContent, sampleImprint, sampleOwnVotes } from '../../emails/_parts/content/sample.ts';
import type { IssueContent, IssueLinks } from '../../emails/_parts/content/content.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Db } from '../../src/database/connect.ts';
import { renderIssue, type Rendering } from '../../src/issues/render/render.tsx';

const HTML_BYTES = 60_000;
const TEXT_BYTES = 12_000;
/** Found by trial and error: with this many comparisons, our template gives 60 kB of HTML. */
const SHORTS = 10;

/** An issue of about 60 kB, the size that newsletters of this kind have. */
export const benchContent: IssueContent = {
  ...sampleContent,
  more: Array.from({ length: SHORTS }, (_, index) => sampleContent.more[index % 2]!).map((short, index) => ({
    ...short,
    slug: `${short.slug}-${index}`,
  })),
};

/** The same content for every way of sending; shorter text is padded to 12 kB, and shorter HTML to 60 kB. */
export async function renderBenchIssue(): Promise<Rendering> {
  const rendering = await renderIssue(benchContent, readConfig({ LOG_LEVEL: 'silent' }));
  return {
    ...rendering,
    html: fill(rendering.html, HTML_BYTES, (missing) =>
      rendering.html.replace('</body>', `<p>${words(missing - 7)}</p></body>`),
    ),
    text: fill(rendering.text, TEXT_BYTES, (missing) => `${rendering.text}\n${words(missing - 1)}`),
  };
}

/** Stores it as the frozen rendering of an issue. */
export async function storeBenchRendering(db: Db, issue_id: number, rendered_at: Date): Promise<void> {
  const { envelope, ...parts } = await renderBenchIssue();
  await db
    .insertInto('issue_renderings')
    .values({ ...parts, issue_id, envelope: JSON.stringify(envelope), content_hash: '', rendered_at })
    .execute();
}

/** What `most people` do: the template's links made for one reader, then rendered. */
export function linksOf(token: string): IssueLinks {
  const url = 'https://verdicts.example.net';
  return {
    home: url,
    vote: `${url}/v/${token}`,
    comparison: `${url}/comparisons/{slug}`,
    pictures: `${url}/pictures`,
    browser: `${url}/i/${token}`,
    archive: `${url}/issues`,
    issue: `${url}/issues`,
    results: `${url}/results`,
    preferences: `${url}/preferences/${token}`,
    unsubscribe: `${url}/unsubscribe/${token}`,
  };
}

export const benchImprint = sampleImprint;
export const benchOwnVotes = sampleOwnVotes;

function fill(text: string, bytes: number, lengthen: (missing: number) => string): string {
  const missing = bytes - Buffer.byteLength(text);
  return missing > 10 ? lengthen(missing) : text;
}

function words(length: number): string {
  return 'A sentence that says little but takes its room in the mail. '
    .repeat(length / 60 + 1)
    .slice(0, length);
}
