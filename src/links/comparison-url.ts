/** The parts of `Config` that say where comparisons are. */
interface UrlConfig {
  publicUrl: string;
  /** A template that contains `{slug}`. */
  comparisonUrl: string | undefined;
}

/** The canonical URL of a comparison: the site's own page if it has one, otherwise ours. */
export function comparisonUrl({ publicUrl, comparisonUrl: template }: UrlConfig, slug: string): string {
  return template === undefined
    ? `${publicUrl}/comparisons/${encodeURIComponent(slug)}`
    : template.replace('{slug}', encodeURIComponent(slug));
}

/** As `comparisonUrl`, for links on our own pages: without our host, which may have several names. */
export function comparisonHref(config: UrlConfig, slug: string): string {
  return config.comparisonUrl === undefined
    ? `/comparisons/${encodeURIComponent(slug)}`
    : comparisonUrl(config, slug);
}
