import { getCookie, setCookie } from 'hono/cookie';
import type { Actor } from '../../audit/audit-log.ts';
import { AppError } from '../../errors.ts';
import type { PageContext } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';

const COOKIE = 'studio_name';
const MAX_LENGTH = 60;
/** The longest cookie lifetime that browsers allow (RFC 6265bis 5.5). */
const MAX_AGE_SECONDS = 400 * 86_400;

/** Whose name is recorded with a change. Without sign-in: the one chosen in this browser, or else the user of this machine. */
export function actorOf(c: PageContext): Actor {
  const staff = c.get('staff');
  const chosen = staff?.session ? undefined : getCookie(c, COOKIE);
  const name = isValidName(chosen) ? chosen : staff?.name;
  return { name: name ?? 'somebody', via: 'studio' };
}

/** For a name from a form or a cookie, which anybody can write; PostgreSQL text cannot contain NUL. */
function isValidName(name: string | undefined): name is string {
  return name !== undefined && name !== '' && name.length <= MAX_LENGTH && !/\p{Cc}/u.test(name);
}

export async function chooseName(c: PageContext) {
  const name = await readField(c, 'name');
  if (!isValidName(name)) {
    throw new AppError('invalid_input', `Your name must have 1 to ${MAX_LENGTH} characters, in one line.`);
  }
  setCookie(c, COOKIE, name, {
    path: '/studio',
    httpOnly: true,
    sameSite: 'Strict',
    secure: c.get('context').config.publicUrl.startsWith('https:'),
    maxAge: MAX_AGE_SECONDS,
  });
  return c.redirect('/studio', 303);
}

/** Not for those who signed in: their name is known. */
export function NameForm({ c }: { c: PageContext }) {
  const actor = actorOf(c);
  return c.get('staff')?.session ? null : (
    <details>
      <summary>What you do here is recorded as {actor.name}’s</summary>
      <form method="post" action="/studio/name" className="row">
        <div className="grow">
          <label htmlFor="name">Your name</label>
          <input id="name" name="name" required maxLength={MAX_LENGTH} defaultValue={actor.name} />
        </div>
        <button type="submit" className="plain">
          Use this name
        </button>
      </form>
    </details>
  );
}
