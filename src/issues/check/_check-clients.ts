import type { Finding } from './finding.ts';

/** What some mail client lacks, and why the mail is none the worse for it. Reviewed in November 2026. */
const GRACEFUL: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '<body> element': 'its colours are repeated on the wrapper',
    '<style> element': 'everything that matters is inline',
    '@media': 'one column is the mail without it',
    'Attribute selector': 'only for the dark colours of Outlook on the web',
    'Class selector': 'only for enhancements',
    'Descendant combinator': 'only for the dark colours of Outlook on the web',
    'Type selector': 'only for enhancements',
    '!important keyword': 'only for enhancements',
    'color-scheme CSS property': 'light colours are what is left',
    'color-scheme meta tag': 'light colours are what is left',
    'text-underline-offset': 'the line is a little nearer',
    'border-radius': 'corners are square',
    'word-break': 'a long name makes its cell wider',
    'white-space': 'a chip may break over two lines',
    'text-decoration': 'links have the colour too',
    'display:none': 'the preheader is seen as a first line',
    'max-height property': 'display does the same',
    overflow: 'display does the same',
    'height property': 'the segments of a bar are as high as their line',
    'width attribute': 'the width is in the style too',
    'aria-label attribute': 'the text beside says it',
    'aria-hidden attribute': 'the segments are read as blanks',
    'dir attribute': 'stands on the wrapper too',
    'lang attribute': 'stands on the wrapper too',
    'role attribute': 'tables are read as tables',
  }),
);

interface Feature {
  stats: Record<string, Record<string, Record<string, string>>>;
}

/** Features that a mail client lacks, by caniemail's data, unless they degrade gracefully. */
export async function checkClients(html: string): Promise<Finding[]> {
  const { caniemail, rawData } = await import('caniemail');
  // It throws where a client has no data for a feature.
  fillUnknown(rawData.data as unknown as Feature[]);
  const { issues } = caniemail({ clients: ['*'], html });
  const clientsOf = new Map<string, Set<string>>();
  for (const [client, list] of issues.errors) {
    for (const { title } of list) {
      clientsOf.set(title, (clientsOf.get(title) ?? new Set()).add(client));
    }
  }
  return [...clientsOf]
    .filter(([title]) => !GRACEFUL.has(title))
    .map(([title, clients]) => ({
      check: 'clients',
      what: `${title} is missing in ${[...clients].slice(0, 4).join(', ')}${clients.size > 4 ? ' and others' : ''}`,
      mend: 'do without it, or review how it degrades and list it',
    }));
}

function fillUnknown(features: readonly Feature[]): void {
  const platforms = features.flatMap(({ stats }) =>
    Object.entries(stats).flatMap(([family, own]) => Object.keys(own).map((one) => [family, one] as const)),
  );
  for (const { stats } of features) {
    for (const [family, platform] of platforms) {
      (stats[family] ??= {})[platform] ??= { unknown: 'u' };
    }
  }
}
