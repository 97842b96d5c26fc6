import { cachePerScope } from '../../concurrency/cache.ts';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { checkIssue, checkLines } from '../check/check-issue.ts';
import { describeFinding, type Finding } from '../finding/finding.ts';
import { hashContent } from '../record/content-hash.ts';
import { describeChange, listChangedFacts } from '../facts/changed-facts.ts';
import { listSharedTools } from '../facts/list-shared-tools.ts';
import type { Issue } from '../record/issue.ts';
import { listSelections } from '../select/list-selections.ts';
import { type Rendering, renderIssue } from '../render/render.tsx';

/** Everything that blocks the approval of an issue: its checks, and facts that have changed since it was drafted. */
export async function listFindings(
  { config }: Pick<Context, 'config'>,
  db: Db | Tx,
  issue: Issue,
  rendering?: Rendering,
): Promise<Finding[]> {
  const { content } = issue;
  const checks = await cachedChecks(config, hashContent(content), async () => [
    ...(await checkIssue(content, rendering ?? (await renderIssue(content, config)))),
    ...checkSelections(issue),
    ...listSharedTools([content.lead, ...content.more]).map((name) => ({
      check: 'comparisons',
      what: `${name} is in two comparisons`,
      fix: 'leave out one of them',
    })),
    ...listUnreviewed(content).map((name) => ({
      check: 'comparisons',
      what: `nobody has reviewed ${name}`,
      fix: 'add reviews of it, or leave the comparison out',
    })),
  ]);
  return [...(await listChangedFacts(db, issue)).map(describeChange), ...checks];
}

function listUnreviewed({ lead, more }: Issue['content']): string[] {
  const tools = [lead, ...more].flatMap((comparison) => comparison.tools);
  return tools.filter(({ panel }) => panel.of === 0).map(({ name }) => name);
}

/**
 * Checks the subjects and preheaders that only readers of some categories get, since staff do not see them in the whole
 * issue. Each problem is reported once.
 */
function checkSelections(issue: Issue): Finding[] {
  const known = new Set(checkLines(issue.content).map(describeFinding));
  const findings = new Map<string, Finding>();
  for (const { choice, content } of listSelections(issue)) {
    const readers = `the issue for readers of ${choice.categories.join(' and ')}`;
    for (const finding of checkLines(content)) {
      const key = describeFinding(finding);
      if (!known.has(key) && !findings.has(key)) {
        findings.set(key, { ...finding, where: finding.where ? `${finding.where} of ${readers}` : readers });
      }
    }
  }
  return [...findings.values()];
}

/** The same content is rendered and checked only once per process. */
const cachedChecks = cachePerScope<Finding[]>({ max: 20 });
