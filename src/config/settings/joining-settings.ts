import * as z from 'zod';
import { optionalText, wholeNumber } from './setting-types.ts';
import { isWebUrl } from './setting-checks.ts';

/** Placeholder of a comparison's slug in COMPARISON_URL. */
const SLUG = '{slug}';

/** Where readers may sign up, how many may, and where the site that embeds the newsletter has its comparisons. */
export const joiningSettings = {
  SITE_ORIGINS: z
    .string()
    .optional()
    .transform((value) => (value ?? '').split(',').flatMap((origin) => origin.trim() || []))
    .refine((origins) => origins.every(isWebUrl), {
      error:
        'must be comma-separated http or https URLs without a path, for example https://example.net,https://www.example.net',
    }),
  SIGN_UPS_PER_SOURCE: wholeNumber(20, 1, 100_000),
  SIGN_UPS_PER_HOUR: wholeNumber(2_000, 1, 1_000_000),
  COMPARISON_URL: optionalText.refine((value) => value === undefined || isTemplate(value), {
    error: `must be an http or https URL with ${SLUG} once in its path or query, for example https://example.net/compare/${SLUG}`,
  }),
};

type JoiningValues = z.infer<z.ZodObject<typeof joiningSettings>>;

export function readJoiningSettings(value: JoiningValues) {
  return {
    /** Origins of the site's own pages that may sign readers up, as ours may; normalized. */
    siteOrigins: value.SITE_ORIGINS.map((origin) => new URL(origin).origin),
    /** Confirmation mails per source network and to everybody, within an hour. */
    signUps: { perSource: value.SIGN_UPS_PER_SOURCE, perHour: value.SIGN_UPS_PER_HOUR },
    /** The site's own address of a comparison, with `{slug}`; undefined if our page is the only one. */
    comparisonUrl: value.COMPARISON_URL && normalizeTemplate(value.COMPARISON_URL),
  };
}

/** Scheme and host in lower case and ASCII. */
function normalizeTemplate(value: string): string {
  const [before, after] = value.split(SLUG);
  const placeholder = 'slug-goes-here';
  return new URL(`${before}${placeholder}${after}`).href.replace(placeholder, SLUG);
}

function isTemplate(value: string): boolean {
  const url = URL.parse(value.replace(SLUG, 'a-vs-b'));
  const { protocol, pathname, search } = url ?? { protocol: '', pathname: '', search: '' };
  return (
    /^https?:$/.test(protocol) && value.split(SLUG).length === 2 && `${pathname}${search}`.includes('a-vs-b')
  );
}
