import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { describeUpdatedIssues } from './_apply-content.ts';
import { CONTENT_KINDS, type ContentKind, readKind } from './_content-kinds.ts';

const PAGE_SIZE = 100;

interface Item {
  slug: string;
  name: string;
  detail: string;
}

/** Lists and searches what issues are made from, with links to change it. */
export async function contentPage(c: PageContext) {
  const { config, db, now } = c.get('context');
  const kind = readKind(c.req.query('kind')) ?? 'comparisons';
  const words = (c.req.query('q') ?? '').slice(0, 100);
  const from = /^\d{1,6}$/.test(c.req.query('from') ?? '') ? Number(c.req.query('from')) : 0;
  const items = await listItems(db, kind, { words, from, now: now(), timezone: config.timezone });
  const link = (changes: Record<string, string>) =>
    `/studio/content?${new URLSearchParams({ kind, ...(words ? { q: words } : {}), ...changes }).toString()}`;
  const updated = describeUpdatedIssues(c);
  const children = (
    <>
      <StudioNav current="Content" />
      <h1>Content</h1>
      {updated ? (
        <p className="notice" role="status">
          {updated}
        </p>
      ) : null}
      <p>
        The tools, their reviews and the comparisons from which issues are made. Drafts follow what you change
        here; an approved issue is held and shows the difference.
      </p>
      <Kinds kind={kind} />
      <form method="get" action="/studio/content" className="row" role="search">
        <input type="hidden" name="kind" value={kind} />
        <div className="grow">
          <label htmlFor="q">Part of a name or a word</label>
          <input id="q" name="q" maxLength={100} defaultValue={words} />
        </div>
        <button type="submit">Find</button>
      </form>
      <p className="row">
        <a className="button plain" href={`/studio/new/${kind}`}>
          New {CONTENT_KINDS[kind].one}
        </a>
        <a className="button plain" href="/studio/import/content">
          Import a file
        </a>
      </p>
      <ItemList kind={kind} items={items.slice(0, PAGE_SIZE)} isSearched={words !== '' || from > 0} />
      <p>
        {from > 0 ? <a href={link({ from: String(Math.max(0, from - PAGE_SIZE)) })}>Back</a> : null}{' '}
        {items.length > PAGE_SIZE ? <a href={link({ from: String(from + PAGE_SIZE) })}>More</a> : null}
      </p>
    </>
  );
  return showPage(c, { title: 'Content', children });
}

function Kinds({ kind }: { kind: ContentKind }) {
  return (
    <nav aria-label="Kind">
      <ul className="tabs">
        {Object.entries(CONTENT_KINDS).map(([name, { many }]) => (
          <li key={name}>
            <a href={`/studio/content?kind=${name}`} aria-current={name === kind ? 'page' : undefined}>
              {many}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

interface ItemListProps {
  kind: ContentKind;
  items: readonly Item[];
  /** Only a part of what there is, as opposed to all of it. */
  isSearched: boolean;
}

function ItemList({ kind, items, isSearched }: ItemListProps) {
  return items.length === 0 ? (
    <p>
      {isSearched
        ? 'Nothing matches.'
        : kind === 'comparisons'
          ? 'There are none yet. Import a file with all of it, or add two tools first: a comparison is of tools.'
          : 'There are none yet. Import a file, or add one.'}
    </p>
  ) : (
    <ul className="plain">
      {items.map(({ slug, name, detail }) => (
        <li key={slug}>
          <a href={`/studio/content/${kind}/${slug}`}>{name}</a> <span className="quiet">{detail}</span>
        </li>
      ))}
    </ul>
  );
}

interface Search {
  words: string;
  from: number;
  now: Date;
  timezone: string;
}

async function listItems(db: Db, kind: ContentKind, search: Search): Promise<Item[]> {
  const like = `%${search.words.trim().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  switch (kind) {
    case 'reviewers': {
      const rows = await db
        .selectFrom('reviewers')
        .select(['slug', 'name', 'lens'])
        .where(sql<boolean>`concat_ws(' ', slug, name, lens) ilike ${like}`)
        .orderBy('position')
        .offset(search.from)
        .limit(PAGE_SIZE + 1)
        .execute();
      return rows.map(({ slug, name, lens }) => ({ slug, name, detail: lens }));
    }
    case 'tools': {
      const rows = await db
        .selectFrom('tools')
        .select(['slug', 'name', 'category', 'price_note', 'entry_price', 'reviewed_on'])
        .where(sql<boolean>`concat_ws(' ', slug, name, category, tagline) ilike ${like}`)
        .orderBy('name')
        .orderBy('slug')
        .offset(search.from)
        .limit(PAGE_SIZE + 1)
        .execute();
      return rows.map(({ slug, name, category, price_note, entry_price, reviewed_on }) => ({
        slug,
        name,
        detail: `${category}, ${price_note ?? entry_price}, reviewed on ${reviewed_on}`,
      }));
    }
    case 'comparisons':
      return listComparisons(db, like, search);
  }
}

async function listComparisons(db: Db, like: string, { from, now, timezone }: Search): Promise<Item[]> {
  const rows = await db
    .selectFrom('comparisons')
    .innerJoin('tools as a', 'a.slug', 'tool_a')
    .innerJoin('tools as b', 'b.slug', 'tool_b')
    .select(['comparisons.slug', 'a.name as first', 'b.name as second', 'question', 'published_at'])
    .where(sql<boolean>`concat_ws(' ', comparisons.slug, a.name, b.name, question) ilike ${like}`)
    .orderBy('published_at', 'desc')
    .orderBy('comparisons.slug')
    .offset(from)
    .limit(PAGE_SIZE + 1)
    .execute();
  return rows.map(({ slug, first, second, question, published_at }) => ({
    slug,
    name: `${first} vs ${second}`,
    detail: `${question} ${published_at > now ? 'Appears' : 'Published'} ${published_at.toLocaleDateString('sv', { timeZone: timezone })}.`,
  }));
}
