import type { ComparisonContent } from '../content/content.ts';

/** "AI panel pick: A", or "No panel pick · AI panel". */
export function pickLine({ pick, pick_slug, tools }: ComparisonContent, panelLabel: string): string {
  const picked = tools.find(({ slug }) => slug === pick_slug);
  return picked && panelLabel
    ? `${panelLabel} pick: ${picked.name}`
    : `${pick}${panelLabel ? ` · ${panelLabel}` : ''}`;
}
