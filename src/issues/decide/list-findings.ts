import { cachePerScope } from '../../concurrency/cache.ts';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { checkIssue } from '../check/check-issue.ts';
import type { Finding } from '../check/finding.ts';
import { hashContent } from '../record/content-hash.ts';
import { describeChange, listChangedFacts } from '../facts/changed-facts.ts';
import type { Issue } from '../record/issue.ts';
import { type Rendering, renderIssue } from '../render/render.tsx';

/** Everything that blocks the approval of an issue: its checks, and facts that have changed since it was drafted. */
export async function listFindings(
  { config }: Pick<Context, 'config'>,
  db: Db | Tx,
  issue: Issue,
  rendering?: Rendering,
): Promise<Finding[]> {
  const { content } = issue;
  const checks = await cachedChecks(config, hashContent(content), async () =>
    checkIssue(content, rendering ?? (await renderIssue(content, config))),
  );
  return [...(await listChangedFacts(db, issue)).map(describeChange), ...checks];
}

/** The same content is rendered and checked once by a process. */
const cachedChecks = cachePerScope<Finding[]>({ max: 20 });
