/** The names of tools that are in two of these comparisons: whoever votes on one of them would be counted for both. */
export function listSharedTools(
  comparisons: readonly { tools: readonly { slug: string; name: string }[] }[],
): string[] {
  const tools = comparisons.flatMap((comparison) => comparison.tools);
  const names = new Map(tools.map(({ slug, name }) => [slug, name]));
  return [...names]
    .filter(([slug]) => tools.filter((tool) => tool.slug === slug).length > 1)
    .map(([, name]) => name);
}
