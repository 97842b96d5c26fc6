import { cachePerScope } from '../../concurrency/cache.ts';
import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import type { MailHeaders, Rendering } from '../../issues/render/render.tsx';
import { type MailTemplate, buildTemplate } from './personal-copy.ts';

/** More issues than are ever sent at once. */
const cachedTemplates = cachePerScope<MailTemplate>({ max: 4 });

/** The frozen rendering of a batch's issue as a template for its link key. Approval is final, so a process builds it once. */
export async function mailTemplateOf(
  { db, installation, linkKeys }: Context,
  { issue_id, week, link_key_id }: { issue_id: number; week: string; link_key_id: string },
): Promise<MailTemplate> {
  const tags = [
    { name: 'sender', value: installation.id },
    { name: 'issue', value: week },
  ];
  return cachedTemplates(db, `${issue_id} ${link_key_id}`, async () =>
    buildTemplate(await loadRendering(db, issue_id), tags, linkKeys, link_key_id),
  );
}

async function loadRendering(db: Db, issueId: number): Promise<Rendering> {
  const rendering = await findRendering(db, issueId);
  if (!rendering) {
    throw new Error(`issue ${issueId} has no rendering`);
  }
  return rendering;
}

/** Undefined until the issue is approved. */
export async function findRendering(db: Db, issueId: number): Promise<Rendering | undefined> {
  const row = await db
    .selectFrom('issue_renderings')
    .select(['subject', 'html', 'text', 'envelope'])
    .where('issue_id', '=', issueId)
    .executeTakeFirst();
  return row && { ...row, envelope: row.envelope as MailHeaders };
}
