import type { Cast } from '../evidence/evidence.ts';
import { hasInteraction } from './_person.ts';
import { castsWithin, isEarly, isInScanningWindow, type RuleInput } from './_rule-input.ts';

/** Votes on several tools within seconds, or on pages that were opened in one sweep, are a scanner's, unless a person goes through tabs. */
export function isOneOfManyTools(input: RuleInput): boolean {
  const tools = Math.max(countToolsAtOnce(input), countToolsOfSweep(input));
  return tools >= input.thresholds.many_tools && !isGoingThroughTabs(input);
}

function countToolsAtOnce(input: RuleInput): number {
  if (input.cast.way === 'ballot') {
    return 0;
  }
  const within_ms = input.thresholds.many_tools_seconds * 1_000;
  const others = castsWithin(input, input.thresholds.many_tools_seconds).filter(
    ({ way }) => way !== 'ballot',
  );
  // The window may start at any of these casts.
  return Math.max(
    ...others.map((first) => {
      const start = first.cast_at.getTime();
      const inside = others.filter(
        ({ cast_at }) => cast_at.getTime() >= start && cast_at.getTime() <= start + within_ms,
      );
      return countTools(inside);
    }),
  );
}

/**
 * The tools whose pages were opened in the same sweep as this one. Soon after delivery all of them count, however late their
 * buttons were pressed; later, only those pressed within seconds, because a browser that restores its tabs also opens pages
 * at once. Only button presses count: a page that a person opened casts its vote by itself.
 */
function countToolsOfSweep(input: RuleInput): number {
  return isPressOfSweep(input)
    ? countTools(
        listSwept(input).filter(
          (cast) => cast.way === 'button' && (isEarly(input) || isPressOfSweep({ ...input, cast })),
        ),
      )
    : 0;
}

function isPressOfSweep(input: RuleInput): boolean {
  const { way, cast_at, rendered_at } = input.cast;
  const after_ms = cast_at.getTime() - (rendered_at?.getTime() ?? 0);
  return way === 'button' && (isEarly(input) || after_ms < input.thresholds.swept_press_seconds * 1_000);
}

/**
 * Links of a mail were opened in tabs that somebody looked at one after the other: each vote has an interaction of its
 * own, since a page's signature is valid for its own tool only. This does not apply in the scanning window, nor to pages
 * that were opened in one sweep if that was soon after delivery, or if their buttons were pressed right then: nobody reaches
 * three buttons in as many tabs so soon.
 */
function isGoingThroughTabs(input: RuleInput): boolean {
  const isSwept = countTools(listSwept(input)) > 1 && (isEarly(input) || isPressOfSweep(input));
  return hasInteraction(input) && !isInScanningWindow(input) && !isSwept;
}

/**
 * The votes whose pages were opened in one sweep with this one's, itself included: each right after the one before. A person
 * takes a moment from one link to the next (craft-campaign #546).
 */
function listSwept({ cast, casts, thresholds }: RuleInput): Cast[] {
  const opened = casts
    .flatMap((one) =>
      one.way === 'ballot' || one.rendered_at === null ? [] : [{ one, at: one.rendered_at.getTime() }],
    )
    .toSorted((a, b) => a.at - b.at);
  const starts = opened.filter(
    ({ at }, index) => at - (opened[index - 1]?.at ?? -Infinity) >= thresholds.swept_tab_ms,
  );
  const sweeps = starts.map(({ at: start }, index) => {
    const end = starts[index + 1]?.at ?? Infinity;
    return opened.filter(({ at }) => at >= start && at < end).map(({ one }) => one);
  });
  return sweeps.find((sweep) => sweep.includes(cast)) ?? [];
}

function countTools(casts: readonly Cast[]): number {
  return new Set(casts.map(({ tool_slug }) => tool_slug)).size;
}
