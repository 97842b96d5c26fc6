import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { loadPreview } from '../../sending/personalize/load-copy.ts';
import type { PersonalCopy } from '../../sending/personalize/personal-copy.ts';
import { getIssue } from '../../issues/record/issue.ts';
import type { PageContext } from '../layout/page.tsx';
import { findReader } from './choose-reader.tsx';
import { type KindOfReader, listKindsOfReader } from './_kinds-of-reader.ts';
import { listTestAddresses, type TestAddresses, TestMail } from './test-mail.tsx';
import { Notices, whyNotMailed } from './_notices.tsx';
import { MailView, type View, VIEWS } from './_mail-views.tsx';
import { applyLook, type Look, LOOKS, policyOf, readLook } from './_looks.ts';

export interface Review {
  addresses: TestAddresses;
  /** The number of test copies that were just submitted. */
  tested: string | undefined;
  copy: PersonalCopy;
  /** None of its comparisons is in their categories: the copy is what others get. */
  getsNothing: boolean;
  kinds: KindOfReader[];
  readerId: number;
  /** They get the month's digest instead. */
  isMonthly: boolean;
  /** Why the reader gets no mail at all now. */
  notMailed?: string | undefined;
  view: View;
  look: Look;
  timezone: string;
}

export async function loadReview(c: PageContext, issue: Issue): Promise<Review> {
  const context = c.get('context');
  const readerId = await findReader(context, c.req.query('reader'));
  const view = c.req.query('view') ?? '';
  const reader = await context.db
    .selectFrom('subscribers')
    .select(['frequency', 'status', 'paused_until'])
    .where('id', '=', readerId)
    .executeTakeFirst();
  return {
    addresses: listTestAddresses(c),
    tested: c.req.query('tested'),
    ...(await loadCopyOrWhole(context, issue, readerId)),
    kinds: await listKindsOfReader(context, issue.content.recap?.week),
    readerId,
    isMonthly: reader?.frequency === 'monthly',
    ...(reader ? { notMailed: whyNotMailed(reader, context) } : {}),
    view: view in VIEWS ? (view as View) : 'both',
    look: readLook(c.req.query('look')),
    timezone: context.config.timezone,
  };
}

/** Falls back to the whole issue if none of its comparisons is in the reader's categories. */
async function loadCopyOrWhole(
  context: Context,
  issue: Issue,
  readerId: number,
): Promise<Pick<Review, 'copy' | 'getsNothing'>> {
  try {
    return { copy: await loadPreview(context, issue, readerId), getsNothing: false };
  } catch (error) {
    if (error instanceof AppError && error.code === 'refused') {
      return { copy: await loadPreview(context, issue, 0), getsNothing: true };
    }
    throw error;
  }
}

/** Only the mail, for a frame. */
export async function issueCopy(c: PageContext) {
  return showCopy(c, await getIssue(c.get('context').db, c.req.param('week') ?? ''));
}

/** The copy of `?reader` as the mail program of `?look` shows it. */
export async function showCopy(c: PageContext, issue: Issue) {
  const context = c.get('context');
  const { copy } = await loadCopyOrWhole(context, issue, await findReader(context, c.req.query('reader')));
  const look = readLook(c.req.query('look'));
  c.header('Content-Security-Policy', policyOf(look));
  return c.html(applyLook(copy.html, look));
}

/** The mail as any reader gets it, in the programs that readers have. */
export function ReviewPanel({ issue, review }: { issue: Issue; review: Review }) {
  const { copy, readerId, isMonthly, view, look } = review;
  const path = `/studio/issues/${issue.week}`;
  return (
    <section className="sheet" aria-labelledby="mail">
      <h2 id="mail">As a reader gets it</h2>
      <Choices issue={issue} review={review} />
      <form method="post" action={`${path}/reader`} className="row">
        <div className="grow">
          <label htmlFor="reader">Another reader, by part of the address</label>
          <input id="reader" name="email" required minLength={2} autoComplete="off" />
        </div>
        <button type="submit" className="plain">
          Find
        </button>
      </form>
      <TestMail week={issue.week} readerId={readerId} addresses={review.addresses} sent={review.tested} />
      <p className="quiet">
        What is shown is what is sent to this reader, but its links change nothing. Keys: Alt with{' '}
        <kbd>Page Up</kbd> and <kbd>Page Down</kbd> for the previous and next view, and with Shift as well for
        the mail program.
      </p>
      <Notices issue={issue} review={review} />
      <a className="skip past" href="#after-mail">
        Skip the links of the mail
      </a>
      {isMonthly && isFramed(view) ? (
        <MailView copy={copy} view={view} source={`${path}/digest?look=${look}`} />
      ) : (
        <MailView copy={copy} view={view} source={`${path}/copy?reader=${readerId}&look=${look}`} />
      )}
      <span id="after-mail" tabIndex={-1} />
    </section>
  );
}

function isFramed(view: View): boolean {
  return view === 'both' || view === 'phone' || view === 'desktop';
}

function Choices({ issue, review }: { issue: Issue; review: Review }) {
  const { kinds, readerId, view, look } = review;
  const path = `/studio/issues/${issue.week}`;
  const link = (changes: Partial<Pick<Review, 'readerId' | 'view' | 'look'>>) => {
    const shown = { readerId, view, look, ...changes };
    return `${path}?reader=${shown.readerId}&view=${shown.view}&look=${shown.look}#mail`;
  };
  return (
    <>
      <Tabs
        label="Reader"
        links={[
          ...kinds.map(({ name, id }) => ({
            name,
            href: link({ readerId: id }),
            isCurrent: id === readerId,
          })),
          ...(kinds.some(({ id }) => id === readerId)
            ? []
            : [{ name: readerId ? `Reader ${readerId}` : 'Nobody yet', href: link({}), isCurrent: true }]),
        ]}
      />
      <Tabs
        label="View"
        links={Object.entries(VIEWS).map(([name, label]) => ({
          name: label,
          href: link({ view: name as View }),
          isCurrent: name === view,
        }))}
      />
      {isFramed(view) ? (
        <Tabs
          label="Mail program"
          links={Object.entries(LOOKS).map(([name, label]) => ({
            name: label,
            href: link({ look: name as Look }),
            isCurrent: name === look,
          }))}
        />
      ) : null}
    </>
  );
}

interface TabsProps {
  label: string;
  links: { name: string; href: string; isCurrent: boolean }[];
}

function Tabs({ label, links }: TabsProps) {
  return (
    <nav aria-label={label}>
      <ul className="tabs" data-tabs={label}>
        {links.map(({ name, href, isCurrent }) => (
          <li key={name}>
            <a href={href} aria-current={isCurrent ? 'page' : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
