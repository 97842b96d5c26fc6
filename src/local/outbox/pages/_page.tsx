import type { Context } from 'hono';
import { baseRoutePath } from 'hono/route';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

/** The path where the pages are mounted, without a trailing slash. */
export function mountOf(c: Context): string {
  return baseRoutePath(c).replace(/\/$/, '');
}

export function showPage(c: Context, title: string, children: ReactNode, status: 200 | 404 = 200) {
  const markup = renderToStaticMarkup(
    <Page mount={mountOf(c)} title={title}>
      {children}
    </Page>,
  );
  return c.html(`<!doctype html>${markup}`, status);
}

export function showNotFound(c: Context) {
  const children = (
    <div className="empty">
      <h1>No such mail</h1>
      <p>The outbox has no mail at this URL. It may be in another database.</p>
      <p>
        <a href={mountOf(c) || '/'}>Back to all mails</a>
      </p>
    </div>
  );
  return showPage(c, 'No such mail', children, 404);
}

function Page({ mount, title, children }: { mount: string; title: string; children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Local outbox`}</title>
        <link rel="icon" type="image/svg+xml" href={`${mount}/outbox.svg`} />
        <link rel="stylesheet" href={`${mount}/outbox.css`} />
      </head>
      <body>
        <a className="skip" href="#content">
          Skip to the content
        </a>
        <header className="bar">
          <div className="wrap">
            <a className="brand" href={mount || '/'}>
              Local outbox
            </a>
            <p>Mail that would have gone to Resend. It never left this machine.</p>
            <a href="/">Back to the newsletter</a>
          </div>
        </header>
        <main id="content" className="wrap" tabIndex={-1}>
          {children}
        </main>
      </body>
    </html>
  );
}

export function EventChip({ event }: { event: string }) {
  return <span className={`chip chip-${event}`}>{event}</span>;
}

const TIME_FORMAT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
});

export function Timestamp({ at }: { at: Date }) {
  return <time dateTime={at.toISOString()}>{TIME_FORMAT.format(at)} UTC</time>;
}
