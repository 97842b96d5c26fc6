/** The parts of `Config` that say where comparisons are. */
interface Place {
  publicUrl: string;
  /** With `{slug}`. */
  comparisonUrl: string | undefined;
}

/** The canonical address of a comparison: the site's own where it has one, otherwise our page. */
export function comparisonUrl({ publicUrl, comparisonUrl: template }: Place, slug: string): string {
  return template === undefined
    ? `${publicUrl}/comparisons/${encodeURIComponent(slug)}`
    : template.replace('{slug}', encodeURIComponent(slug));
}

/** As `comparisonUrl`, for links on our own pages: without our host, which may have several names. */
export function comparisonHref(place: Place, slug: string): string {
  return place.comparisonUrl === undefined
    ? `/comparisons/${encodeURIComponent(slug)}`
    : comparisonUrl(place, slug);
}
