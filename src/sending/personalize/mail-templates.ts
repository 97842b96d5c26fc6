import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import type { Envelope, Rendering } from '../../issues/render/render.tsx';
import { type MailTemplate, openTemplate } from './personal-copy.ts';

/** More issues than these are hardly ever under way at once. */
const KEPT = 4;

const templates = new WeakMap<Db, Map<string, MailTemplate>>();

/** The frozen rendering of a batch's issue, cut for its link key: approval made it final, so each process does it once. */
export async function mailTemplateOf(
  { db, installation, linkKeys }: Context,
  { issue_id, week, link_key_id }: { issue_id: number; week: string; link_key_id: string },
): Promise<MailTemplate> {
  const kept = templates.get(db) ?? new Map<string, MailTemplate>();
  templates.set(db, kept);
  const name = `${issue_id} ${link_key_id}`;
  const known = kept.get(name);
  if (known) {
    return known;
  }
  const tags = [
    { name: 'sender', value: installation.id },
    { name: 'issue', value: week },
  ];
  const template = openTemplate(await loadRendering(db, issue_id), tags, linkKeys, link_key_id);
  kept.set(name, template);
  for (const oldest of [...kept.keys()].slice(0, -KEPT)) {
    kept.delete(oldest);
  }
  return template;
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
  return row && { ...row, envelope: row.envelope as Envelope };
}
