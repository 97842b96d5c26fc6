import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import { type ContentReport, planContent, reportOf } from './_plan-content.ts';
import type { ContentDocument } from '../parse/read-content.ts';
import { readPictures } from '../parse/read-pictures.ts';
import { loadStoredContent } from './_load-stored-content.ts';
import { validateContent } from '../validate/validate-content.ts';
import { writeContent } from './_write-content.ts';

/**
 * Adds and replaces by slug, all or nothing; a dry run only reports. Paths of pictures are relative to `folder`. Throws an
 * AppError that lists every problem.
 */
export async function importContent(
  db: Db,
  document: ContentDocument,
  { dryRun, folder = '.' }: { dryRun: boolean; folder?: string },
): Promise<ContentReport> {
  const pictures = await readPictures(document, folder);
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('content import'))`.execute(tx);
    const content = validateContent(document, await listKnownSlugs(tx), pictures);
    const plan = planContent(content, await loadStoredContent(tx, content));
    if (!dryRun) {
      await writeContent(tx, plan, pictures);
    }
    return reportOf(plan);
  });
}

async function listKnownSlugs(tx: Tx) {
  const reviewers = await tx.selectFrom('reviewers').select('slug').execute();
  const tools = await tx.selectFrom('tools').select('slug').execute();
  return { reviewers: reviewers.map(({ slug }) => slug), tools: tools.map(({ slug }) => slug) };
}
