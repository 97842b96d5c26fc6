import { cachePerScope } from '../../concurrency/cache.ts';
import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import { WHOLE_ISSUE } from '../../issues/select/variants.ts';
import type { MailHeaders, Rendering } from '../../issues/render/render.tsx';
import { type MailTemplate, buildTemplate } from './personal-copy.ts';

/** Usually more than an issue has variants times lanes. */
const cachedTemplates = cachePerScope<MailTemplate>({ max: 64 });

/** What a batch's readers get. */
interface Rendered {
  issue_id: number;
  withdrawals: number;
  week: string;
  variant: number;
  lane: number;
  link_key_id: string;
}

/** The frozen rendering of what a batch's readers get as a template for its link key; a process builds it once for each approval. */
export async function mailTemplateOf(
  { db, installation, linkKeys }: Context,
  { issue_id, withdrawals, week, variant, lane, link_key_id }: Rendered,
): Promise<MailTemplate> {
  const tags = [
    { name: 'sender', value: installation.id },
    { name: 'issue', value: week },
  ];
  return cachedTemplates(db, `${issue_id} ${withdrawals} ${variant} ${lane} ${link_key_id}`, async () =>
    buildTemplate(forLane(await loadRendering(db, issue_id, variant), lane), tags, linkKeys, link_key_id),
  );
}

/** The rendering as it goes through a lane: from the sender that the lane had when the issue was approved. */
export function forLane(rendering: Rendering, lane: number): Rendering {
  const { envelope } = rendering;
  return { ...rendering, envelope: { ...envelope, from: envelope.senders?.[lane] ?? envelope.from } };
}

async function loadRendering(db: Db, issueId: number, variant: number): Promise<Rendering> {
  const rendering = await findRendering(db, issueId, variant);
  if (!rendering) {
    throw new Error(`issue ${issueId} has no rendering of variant ${variant}`);
  }
  return rendering;
}

/** The rendering of a variant, or of the whole issue. Undefined until the issue is approved. */
export async function findRendering(
  db: Db,
  issueId: number,
  variant: number,
): Promise<Rendering | undefined> {
  const row = await db
    .selectFrom('issue_renderings as whole')
    .leftJoin('issue_variants as part', (join) =>
      join.onRef('part.issue_id', '=', 'whole.issue_id').on('part.variant', '=', variant),
    )
    .select(['whole.envelope', 'part.variant'])
    .select(({ fn, ref }) => [
      fn.coalesce(ref('part.subject'), ref('whole.subject')).as('subject'),
      fn.coalesce(ref('part.html'), ref('whole.html')).as('html'),
      fn.coalesce(ref('part.text'), ref('whole.text')).as('text'),
    ])
    .where('whole.issue_id', '=', issueId)
    .executeTakeFirst();
  if (!row || (variant !== WHOLE_ISSUE && row.variant === null)) {
    return undefined;
  }
  const { subject, html, text, envelope } = row;
  return { subject, html, text, envelope: envelope as MailHeaders };
}
