import { createHash, randomBytes } from 'node:crypto';
import type { Context as HonoContext } from 'hono';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import type { Context } from '../../context.ts';
import type { Staff } from '../../staff/staff.ts';
import { PublicHead, type PublicPage } from './head.tsx';
import { FRAME_POLICY, scriptPolicy } from './security-headers.ts';
import { siteCss } from './site-css.ts';

export type AppEnv = {
  Variables: {
    context: Context;
    /** Who works in the studio; absent on every other page. */
    staff?: Staff;
  };
};
export type PageContext = HonoContext<AppEnv>;

/** The path contains a hash of the content, so that browsers can cache it indefinitely. */
export const STYLESHEET_PATH = `/assets/site-${createHash('sha256').update(siteCss).digest('hex').slice(0, 12)}.css`;

interface PageProps {
  title: string;
  children: ReactNode;
  /** Only for public pages that search engines may index. */
  page?: PublicPage | undefined;
  /** Paths of the page's scripts. */
  scripts?: readonly string[] | undefined;
}

interface FrameProps extends Pick<PageProps, 'title' | 'children'> {
  /** Seconds after which the frame reloads itself: a whole page never does, since somebody may be typing. */
  refreshAfter: number | undefined;
}

/** Responds with a complete page in the site's layout. */
export function showPage(
  c: PageContext,
  props: PageProps,
  status: 200 | 400 | 401 | 403 | 404 | 409 | 410 | 413 | 429 | 500 | 503 = 200,
) {
  const nonce = props.scripts?.length ? randomBytes(16).toString('base64url') : undefined;
  if (nonce) {
    c.header('Content-Security-Policy', scriptPolicy(nonce));
  }
  const markup = renderToStaticMarkup(
    <Page {...props} nonce={nonce} context={c.get('context')} staff={c.get('staff')} />,
  );
  return c.html(`<!doctype html>${markup}`, status);
}

/** Responds with a page without header and footer, for a frame of one of our own pages. */
export function showFrame(c: PageContext, { title, children, refreshAfter }: FrameProps) {
  c.header('Content-Security-Policy', FRAME_POLICY);
  const markup = renderToStaticMarkup(
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {refreshAfter ? <meta httpEquiv="refresh" content={String(refreshAfter)} /> : null}
        <title>{title}</title>
        <link rel="stylesheet" href={STYLESHEET_PATH} />
      </head>
      <body className="frame">{children}</body>
    </html>,
  );
  return c.html(`<!doctype html>${markup}`);
}

function Page({
  title,
  children,
  page,
  scripts = [],
  nonce,
  context,
  staff,
}: PageProps & { nonce: string | undefined; context: Context; staff: Staff | undefined }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · Weekly AI Tool Verdicts`}</title>
        <meta
          name="description"
          content={
            page?.description ??
            'Two AI tools side by side every week: the panel’s verdict, the price, and your vote.'
          }
        />
        {page ? <PublicHead title={title} page={page} context={context} /> : null}
        <link rel="alternate" href="/feed.atom" type="application/atom+xml" title="Weekly AI Tool Verdicts" />
        <link
          rel="alternate"
          href="/feed.json"
          type="application/feed+json"
          title="Weekly AI Tool Verdicts"
        />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={STYLESHEET_PATH} />
        {scripts.map((script) => (
          <script key={script} src={script} nonce={nonce} defer />
        ))}
      </head>
      <body>
        <a className="skip" href="#main">
          Skip to the content
        </a>
        {context.installation.is_demo ? <DemoBanner /> : null}
        <Header context={context} staff={staff} />
        <main id="main">
          <div className="wrap">{children}</div>
        </main>
        <Footer context={context} />
      </body>
    </html>
  );
}

function DemoBanner() {
  return (
    <aside className="demo" aria-label="Demo">
      <div className="wrap">
        <p>
          <strong>Demo.</strong> Tools, reviews and readers here are invented. To begin with nothing, stop it
          and run <code>npm start -- --empty</code>.
        </p>
      </div>
    </aside>
  );
}

function Header({ context: { config }, staff }: { context: Context; staff: Staff | undefined }) {
  return (
    <header className="site-header">
      <div className="wrap">
        <p className="brand">
          <a href="/">Weekly AI Tool Verdicts</a>
        </p>
        <nav aria-label="Site">
          <ul>
            <li>
              <a href="/issues">Issues</a>
            </li>
            <li>
              <a href="/comparisons">Comparisons</a>
            </li>
            <li>
              <a href="/results">Results</a>
            </li>
            {staff || (config.studio === 'loopback' && !config.resendApiKey) ? (
              <li>
                <a href="/studio">Studio</a>
              </li>
            ) : null}
            {staff?.session ? (
              <li>
                <a href="/studio/account">Account</a>
              </li>
            ) : null}
            {config.resendApiKey ? null : (
              <li>
                <a href="/outbox">Outbox</a>
              </li>
            )}
          </ul>
        </nav>
      </div>
    </header>
  );
}

function Footer({ context: { config } }: { context: Context }) {
  return (
    <footer>
      <div className="wrap">
        {config.panelLabel ? (
          <p>
            The reviewers marked “{config.panelLabel}” are AI personas. Readers’ votes are counted separately
            and never mixed in.
          </p>
        ) : null}
        <p>{config.postalAddress}</p>
      </div>
    </footer>
  );
}
