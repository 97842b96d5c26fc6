import type { PageContext } from '../layout/page.tsx';

/** Whether the page is for staff; a stranger who is refused there is not told that it exists. */
export function isStudio(c: PageContext): boolean {
  return c.get('staff') !== undefined;
}

/** Leads on from a page that could not be shown: staff get back to the issue that they worked on. */
export function BackLink({ c }: { c: PageContext }) {
  const [, page] = /^(\/studio\/issues\/\d{4}-W\d\d)\/\w/.exec(c.req.path) ?? [];
  return page ? (
    <a href={page}>Back to the issue</a>
  ) : isStudio(c) ? (
    <a href="/studio">Back to the studio</a>
  ) : (
    <a href="/">To the latest verdicts</a>
  );
}
