import type { Context } from '../../context.ts';
import { listObstacles, listPins } from '../../issues/choose/pins.ts';

interface PinProps {
  slug: string;
  isPinned: boolean;
  /** Why no issue can have it as it is. */
  obstacles: readonly string[];
}

/** Whether a comparison is pinned to the next draft, and the button that changes that. */
export async function showPin(context: Context, slug: string) {
  const isPinned = (await listPins(context.db)).includes(slug);
  return <PinForm slug={slug} isPinned={isPinned} obstacles={await listObstacles(context, slug)} />;
}

function PinForm({ slug, isPinned, obstacles }: PinProps) {
  const draft = isPinned
    ? 'It is pinned: the next issue that is drafted has it, whatever ranks above it.'
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
