import { DomUtils, ElementType, parseDocument } from 'htmlparser2';
import { LRUCache } from 'lru-cache';
import type { Finding } from '../finding/finding.ts';

/** Features that some mail clients do not support, and why the mail works without them. Reviewed in November 2026. */
const DEGRADES_GRACEFULLY: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '<body> element': 'its colours are repeated on the wrapper',
    '<style> element': 'everything that matters is inline',
    '@media': 'without it the padding is smaller and the colours are light',
    'Attribute selector': 'only for the dark colours of Outlook on the web',
    'Class selector': 'only for enhancements',
    'Descendant combinator': 'only for the dark colours of Outlook on the web',
    'Type selector': 'only for enhancements',
    '!important keyword': 'only for enhancements',
    'color-scheme CSS property': 'falls back to the light colours',
    'color-scheme meta tag': 'falls back to the light colours',
    'text-underline-offset': 'the underline is a little closer',
    'border-radius': 'corners are square',
    'word-break': 'a long name makes its cell wider',
    'white-space': 'a chip may break over two lines',
    'text-decoration': 'links also have a colour',
    'display:none': 'the preheader shows as the first line',
    'max-height property': 'display:none does the same',
    overflow: 'display:none does the same',
    'height property': 'the segments of a bar are as tall as their line',
    'width attribute': 'the width is also in the style',
    'height attribute': 'the height is also in the style',
    '<picture> element': 'the picture for light backgrounds is shown, on a light background',
    'srcset and sizes attributes': 'the picture for light backgrounds is shown, on a light background',
    'aria-label attribute': 'the adjacent text says the same',
    'aria-hidden attribute': 'the segments are read as blanks',
    'dir attribute': 'also set on the wrapper',
    'lang attribute': 'also set on the wrapper',
    'role attribute': 'tables are read as tables',
  }),
);

interface Feature {
  stats: Record<string, Record<string, Record<string, string>>>;
}

/** Reports features that some mail client does not support according to caniemail's data, except those in DEGRADES_GRACEFULLY. */
export async function checkClients(html: string): Promise<Finding[]> {
  const unchecked = distinctTags(html).filter((tag) => !withoutFindings.has(tag));
  if (unchecked.length === 0) {
    return [];
  }
  const findings = await findUnsupported(`<html>${unchecked.join('')}</html>`);
  if (findings.length === 0) {
    unchecked.forEach((tag) => withoutFindings.set(tag, true));
  }
  return findings;
}

/**
 * Tags in which nothing was found: caniemail takes a tenth of a second per mail, and mails have most of their tags in
 * common.
 */
const withoutFindings = new LRUCache<string, true>({ max: 2_000 });

/** Each distinct tag and comment, with style sheets but without other text: caniemail looks at one tag at a time. */
function distinctTags(html: string): string[] {
  const document = parseDocument(html, { withStartIndices: true, withEndIndices: true });
  const tags = new Set<string>();
  for (const node of DomUtils.find(() => true, document, true, Infinity)) {
    const start = node.startIndex ?? 0;
    const end = (node.endIndex ?? 0) + 1;
    if (node.type === ElementType.Comment) {
      tags.add(html.slice(start, end));
    } else if ('attribs' in node) {
      const content = node.name === 'style' ? null : node.firstChild;
      const tag = html.slice(start, content?.startIndex ?? end);
      // Only the scheme of a URL matters (https:, mailto:).
      tags.add(
        tag.replace(/ (href|src|srcset)="(\w+:)[^"]*"/, ' $1="$2"') + (content ? `</${node.name}>` : ''),
      );
    }
  }
  return [...tags];
}

async function findUnsupported(html: string): Promise<Finding[]> {
  library ??= loadLibrary();
  const { caniemail } = await library;
  const { issues } = caniemail({ clients: ['*'], html });
  const clientsOf = new Map<string, Set<string>>();
  for (const [client, list] of issues.errors) {
    for (const { title } of list) {
      clientsOf.set(title, (clientsOf.get(title) ?? new Set()).add(client));
    }
  }
  return [...clientsOf]
    .filter(([title]) => !DEGRADES_GRACEFULLY.has(title))
    .map(([title, clients]) => ({
      check: 'clients',
      what: `${title} is not supported by ${[...clients].slice(0, 4).join(', ')}${clients.size > 4 ? ' and others' : ''}`,
      fix: 'remove it, or review how it degrades and add it to DEGRADES_GRACEFULLY',
    }));
}

type Caniemail = typeof import('caniemail');

let library: Promise<Caniemail> | undefined;

/** Loaded once per process, with its data completed: caniemail throws if a client has no data for a feature. */
async function loadLibrary(): Promise<Caniemail> {
  const loaded = await import('caniemail');
  const features = loaded.rawData.data as unknown as Feature[];
  const families = new Map<string, Set<string>>();
  for (const { stats } of features) {
    for (const [family, platforms] of Object.entries(stats)) {
      families.set(family, new Set([...(families.get(family) ?? []), ...Object.keys(platforms)]));
    }
  }
  for (const feature of features) {
    for (const [family, platforms] of families) {
      const unknown = [...platforms].map((platform) => [platform, { unknown: 'u' }] as const);
      feature.stats[family] = { ...Object.fromEntries(unknown), ...feature.stats[family] };
    }
  }
  return loaded;
}
