import { maxFormBytes } from '../request/limit-body.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { showSignIn } from './sign-in-page.tsx';

/** For staff whose session ended while they worked: the page keeps what their form sent. Uploads are not read. */
export async function showSignedOut(c: PageContext) {
  if (c.req.header('accept')?.includes('application/json')) {
    return c.json({ problem: 'You are signed out: sign in on another tab, then go on here.' }, 401);
  }
  const isForm = c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded');
  const bytes = Number(c.req.header('content-length') ?? Infinity);
  if (!isForm || bytes > maxFormBytes(c.req.path)) {
    const problem = 'You are signed out, and nothing was changed. Sign in, then go back and try again.';
    return showSignIn(c, { problem, status: 401 });
  }
  const fields = Object.entries(await c.req.parseBody({ all: true })).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => (typeof value === 'string' ? [{ name, value }] : [])),
  );
  return showUnsent(c, fields);
}

interface Field {
  name: string;
  value: string;
}

function showUnsent(c: PageContext, fields: readonly Field[]) {
  const shown = new Map(fields.map(({ name, value }) => [name, value]));
  const typed = fields.filter(
    ({ name, value }) =>
      !/^(?:was:|expected$|revision$|seen$|hold$)/.test(name) && value !== (shown.get(`was:${name}`) ?? ''),
  );
  const children = (
    <div className="sheet narrow">
      <h1>You are signed out</h1>
      <p className="problem" role="alert">
        Nothing was changed, and nothing is lost:{' '}
        <a href="/studio/sign-in" target="_blank">
          sign in on another tab
        </a>
        , then come back to this one and send it again.
      </p>
      <form method="post" action={c.req.path}>
        {fields.map(({ name, value }, index) => (
          <input key={index} type="hidden" name={name} value={value} />
        ))}
        <button type="submit">Send it again</button>
      </form>
      {typed.length > 0 ? (
        <details>
          <summary>What you sent</summary>
          <dl>
            {typed.map(({ name, value }, index) => (
              <div key={index}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      ) : null}
    </div>
  );
  return showPage(c, { title: 'You are signed out', children }, 401);
}
