import type { Db, Tx } from '../../database/connect.ts';
import { ENTRY_PRICE_NAMES } from '../../comparisons/show/facts.ts';

export type ContentKind = 'tools' | 'comparisons' | 'reviewers';

/** A field of a form, by its name in imported files. */
export interface ContentField {
  name: string;
  label: string;
  hint?: string;
  input: 'line' | 'paragraph' | 'day' | 'time' | 'choice' | 'tool';
  options?: Record<string, string>;
  isOptional?: boolean;
  maxLength?: number;
}

const PRICE_NOTE = 'Such as “$20 a month”; may be empty';

/** What can be looked at and edited, with the limits of imported files (src/comparisons/validate/content-shape.ts). */
export const CONTENT_KINDS: Record<ContentKind, { one: string; many: string; fields: ContentField[] }> = {
  comparisons: {
    one: 'comparison',
    many: 'Comparisons',
    fields: [
      { name: 'tool_a', label: 'First tool', input: 'tool' },
      { name: 'tool_b', label: 'Second tool', input: 'tool' },
      { name: 'question', label: 'Question', input: 'line', maxLength: 120 },
      { name: 'publishedAt', label: 'Published at', input: 'time' },
    ],
  },
  tools: {
    one: 'tool',
    many: 'Tools',
    fields: [
      { name: 'name', label: 'Name', input: 'line', maxLength: 60 },
      { name: 'category', label: 'Category', input: 'line', maxLength: 40 },
      { name: 'tagline', label: 'Tagline', input: 'line', maxLength: 120 },
      { name: 'description', label: 'Description', input: 'paragraph', maxLength: 1000 },
      { name: 'entryPrice', label: 'Entry price', input: 'choice', options: ENTRY_PRICE_NAMES },
      {
        name: 'priceNote',
        label: 'Price',
        input: 'line',
        hint: PRICE_NOTE,
        isOptional: true,
        maxLength: 80,
      },
      { name: 'priceCheckedOn', label: 'Price checked on', input: 'day' },
      { name: 'reviewedOn', label: 'Reviewed on', input: 'day' },
    ],
  },
  reviewers: {
    one: 'reviewer',
    many: 'Reviewers',
    fields: [
      { name: 'name', label: 'Name', input: 'line', maxLength: 60 },
      { name: 'lens', label: 'Looks at', input: 'line', maxLength: 80 },
    ],
  },
};

export function readKind(name: string | undefined): ContentKind | undefined {
  return name !== undefined && Object.hasOwn(CONTENT_KINDS, name) ? (name as ContentKind) : undefined;
}

/** The values of a form by the names of its fields; reviews as `verdict:REVIEWER` and `quote:REVIEWER`. */
export type Values = Record<string, string>;

export interface StoredItem {
  values: Values;
  /** The row's revision: a form for an older one is merged with what was saved since (_merge-item.ts). */
  revision: string;
  /** The exact time: a form shows it without seconds, and shows the same hour twice when clocks are put back. */
  published_at?: Date;
}

/** What is stored, as a form shows it; times in the newsletter's time zone. */
export async function loadItem(
  db: Db | Tx,
  kind: ContentKind,
  slug: string,
  timezone: string,
): Promise<StoredItem | undefined> {
  switch (kind) {
    case 'reviewers': {
      const row = await db.selectFrom('reviewers').selectAll().where('slug', '=', slug).executeTakeFirst();
      return (
        row && { values: { name: row.name, lens: row.lens }, revision: JSON.stringify([row.name, row.lens]) }
      );
    }
    case 'comparisons': {
      const row = await db.selectFrom('comparisons').selectAll().where('slug', '=', slug).executeTakeFirst();
      return (
        row && {
          values: {
            tool_a: row.tool_a,
            tool_b: row.tool_b,
            question: row.question,
            publishedAt: toLocal(row.published_at, timezone),
          },
          revision: String(row.revision),
          published_at: row.published_at,
        }
      );
    }
    case 'tools':
      return loadTool(db, slug);
  }
}

async function loadTool(db: Db | Tx, slug: string): Promise<StoredItem | undefined> {
  const row = await db.selectFrom('tools').selectAll().where('slug', '=', slug).executeTakeFirst();
  if (!row) {
    return undefined;
  }
  const reviews = await db.selectFrom('reviews').selectAll().where('tool_slug', '=', slug).execute();
  return {
    values: {
      name: row.name,
      category: row.category,
      tagline: row.tagline,
      description: row.description,
      entryPrice: row.entry_price,
      priceNote: row.price_note ?? '',
      priceCheckedOn: row.price_checked_on,
      reviewedOn: row.reviewed_on,
      ...Object.fromEntries(
        reviews.flatMap(({ reviewer_slug, verdict, quote }) => [
          [`verdict:${reviewer_slug}`, verdict],
          [`quote:${reviewer_slug}`, quote],
        ]),
      ),
    },
    revision: String(row.revision),
  };
}

function toLocal(at: Date, timezone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(timezone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' });
}
