import type { Context } from '../../context.ts';
import { listComparisonsBySlug } from '../../comparisons/show/facts.ts';
import { listRecentUses } from '../../issues/choose/choose.ts';
import { loadHistory } from '../../issues/choose/load-choosing-input.ts';
import { listObstacles, listPins } from '../../issues/choose/pins.ts';
import { findNextDraft } from '../../issues/record/next-draft.ts';

interface PinProps {
  slug: string;
  isPinned: boolean;
  /** Why no issue can have it as it is. */
  obstacles: readonly string[];
  /** Why the next issue leaves it out unless it is pinned. */
  uses: readonly string[];
}

/** Whether a comparison is pinned to the next draft, and the button that changes that. */
export async function showPin(context: Context, slug: string) {
  const isPinned = (await listPins(context.db)).includes(slug);
  const uses = await listUsesBefore(context, slug);
  return (
    <PinForm slug={slug} isPinned={isPinned} obstacles={await listObstacles(context, slug)} uses={uses} />
  );
}

/** In which issues it or its tools were, so that the next draft does not have it by itself. */
async function listUsesBefore(context: Context, slug: string): Promise<string[]> {
  const { week } = await findNextDraft(context);
  const history = await loadHistory(context.db, week);
  const facts = await listComparisonsBySlug(context.db, [slug]);
  return [
    ...(history.usedComparisons.has(slug) ? ['an issue had it already'] : []),
    ...facts.flatMap((comparison) => listRecentUses(comparison, { ...history, week })),
  ];
}

function PinForm({ slug, isPinned, obstacles, uses }: PinProps) {
  const draft = isPinned
    ? 'It is pinned: the next issue that is drafted has it, whatever ranks above it.'
    : uses.length > 0
      ? `The next draft has it only if it is pinned: ${uses.join('; ')}.`
      : 'The next draft has it only if it ranks among the best.';
  return (
    <form method="post" action="/studio/pins" className="row">
      <input type="hidden" name="slug" value={slug} />
      <input type="hidden" name="pinned" value={isPinned ? '0' : '1'} />
      <p className="grow">
        {obstacles.length > 0
          ? `${isPinned ? 'It is pinned, but no' : 'No'} issue can have it as it is: ${obstacles.join('; ')}.`
          : draft}
      </p>
      <button type="submit" className="plain">
        {isPinned ? 'Unpin it' : 'Pin it to the next issue'}
      </button>
    </form>
  );
}
