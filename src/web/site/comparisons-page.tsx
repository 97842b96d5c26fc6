import { comparisonHref } from '../../links/comparison-url.ts';
import type { Config } from '../../config/config.ts';
import {
  type FoundComparison,
  listCategories,
  type Search,
  searchComparisons,
} from '../../comparisons/show/search.ts';
import { AppError } from '../../errors.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { SignUpForm, signFormTime } from '../layout/sign-up-form.tsx';

const PAGE_SIZE = 20;
const LAST_PAGE = 500;
const MAX_TEXT = 200;

/** The archive of comparisons: search by words and category, newest first. */
export async function comparisonsPage(c: PageContext) {
  const { config, db, now } = c.get('context');
  const search = readSearch(c);
  const page = readPageNumber(c);
  const until = now();
  const categories = await listCategories(db, until);
  const found = await searchComparisons(db, search, {
    until,
    offset: (page - 1) * PAGE_SIZE,
    limit: PAGE_SIZE + 1,
  });
  const children = (
    <>
      <h1>Comparisons</h1>
      <SearchForm search={search} categories={categories} />
      <p role="status">{describeFound(search, found.length, page)}</p>
      <ul className="plain">
        {found.slice(0, PAGE_SIZE).map((comparison) => (
          <Line key={comparison.slug} comparison={comparison} config={config} />
        ))}
      </ul>
      <Pages
        search={search}
        page={page}
        hasNext={found.length > PAGE_SIZE && page < LAST_PAGE}
        isPastEnd={found.length === 0}
      />
      <SignUpForm source="/comparisons" started={signFormTime(c)} />
    </>
  );
  const isFullList = search.text === '' && search.category === '' && page === 1;
  return showPage(c, {
    title: titleOf(search),
    children,
    // Search results should not be indexed: only the full list has public metadata.
    ...(isFullList
      ? {
          page: {
            path: '/comparisons',
            description:
              'Every pair of AI tools compared so far. Search by name or words, or browse by category.',
          },
        }
      : {}),
  });
}

function readSearch(c: PageContext): Search {
  const clean = (name: string) => (c.req.query(name) ?? '').replaceAll(/\p{Cc}/gu, ' ').trim();
  return { text: clean('q').slice(0, MAX_TEXT), category: clean('category').slice(0, MAX_TEXT) };
}

function readPageNumber(c: PageContext): number {
  const text = c.req.query('page') ?? '1';
  const page = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (page < 1 || page > LAST_PAGE) {
    throw new AppError('invalid_input', `page: must be a whole number from 1 to ${LAST_PAGE}.`);
  }
  return page;
}

function titleOf({ text, category }: Search): string {
  const about = text ? ` for “${text}”` : '';
  return `Comparisons${about}${category ? ` in ${category}` : ''}`;
}

function describeFound({ text, category }: Search, count: number, page: number): string {
  const where = `${text ? ` for “${text}”` : ''}${category ? ` in ${category}` : ''}`;
  if (count === 0) {
    return page > 1 ? 'There’s no such page.' : `Nothing found${where}. Try fewer words.`;
  }
  const shown = Math.min(count, PAGE_SIZE);
  return count > PAGE_SIZE || page > 1
    ? `Page ${page}${where}`
    : `${shown} comparison${shown === 1 ? '' : 's'}${where}`;
}

function SearchForm({ search, categories }: { search: Search; categories: readonly string[] }) {
  return (
    <search>
      <form method="get" action="/comparisons" className="row">
        <div className="grow">
          <label htmlFor="q">Words or a tool’s name</label>
          <input id="q" name="q" type="search" maxLength={MAX_TEXT} defaultValue={search.text} />
        </div>
        <div>
          <label htmlFor="category">Category</label>
          <select id="category" name="category" defaultValue={search.category}>
            <option value="">All</option>
            {categories.map((category) => (
              <option key={category} value={category}>
                {category}
              </option>
            ))}
          </select>
        </div>
        <button type="submit">Find</button>
      </form>
    </search>
  );
}

function Line({ comparison, config }: { comparison: FoundComparison; config: Config }) {
  const { slug, headline, question, categories, panels } = comparison;
  return (
    <li>
      <a href={comparisonHref(config, slug)}>{headline}</a>
      {question ? (
        <>
          <br />
          {question}
        </>
      ) : null}
      <br />
      <span className="quiet">
        {categories.join(', ')} · {config.panelLabel || 'panel'} ships {panels.join(' and ')}
      </span>
    </li>
  );
}

interface PagesProps {
  search: Search;
  page: number;
  hasNext: boolean;
  /** This page is past the last one. */
  isPastEnd: boolean;
}

function Pages({ search, page, hasNext, isPastEnd }: PagesProps) {
  if (page === 1 && !hasNext) {
    return null;
  }
  const urlOf = (number: number) => {
    const query = new URLSearchParams({ q: search.text, category: search.category, page: String(number) });
    return `/comparisons?${query.toString()}`;
  };
  return (
    <nav aria-label="Pages">
      <ul>
        {page > 1 ? (
          <li>
            <a href={urlOf(isPastEnd ? 1 : page - 1)} rel={isPastEnd ? undefined : 'prev'}>
              {isPastEnd ? 'First page' : 'Previous page'}
            </a>
          </li>
        ) : null}
        {hasNext ? (
          <li>
            <a href={urlOf(page + 1)} rel="next">
              Next page
            </a>
          </li>
        ) : null}
      </ul>
    </nav>
  );
}
