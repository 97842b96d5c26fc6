import { describeTime } from '../../week.ts';
import bowser from 'bowser';
import { recordAudit } from '../../audit/audit-log.ts';
import type { Context } from '../../context.ts';
import { type Staff, roleOf } from '../../staff/staff.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { Passkeys } from './_passkeys-panel.tsx';
import { ACCESS_SCRIPT_PATH } from './access-script.ts';

/** Somebody's own sessions and passkeys; for an admin also those of the others. */
export async function accountPage(c: PageContext) {
  const context = c.get('context');
  const staff = c.get('staff');
  if (!staff?.session) {
    return c.notFound();
  }
  const sessions = await listSessions(context);
  const passkeys = await context.db
    .selectFrom('staff_passkeys')
    .select(['id', 'name', 'created_at'])
    .where('user_id', '=', staff.session.user_id)
    .orderBy('created_at')
    .execute();
  const own = sessions.filter(({ user_id }) => user_id === staff.session?.user_id);
  const children = (
    <>
      <StudioNav />
      <h1>Your account</h1>
      <form method="post" action="/studio/sign-out" className="row">
        <p className="grow">
          You are signed in as <strong>{staff.name}</strong>, {staff.role}.
        </p>
        <button type="submit" className="plain">
          Sign out
        </button>
      </form>
      <Passkeys passkeys={passkeys} />
      <section className="sheet" aria-labelledby="sessions">
        <h2 id="sessions">Your sessions</h2>
        <Sessions sessions={own} staff={staff} />
      </section>
      {staff.role === 'admin' ? <Everybody sessions={sessions} staff={staff} context={context} /> : null}
    </>
  );
  return showPage(c, { title: 'Your account', children, scripts: [ACCESS_SCRIPT_PATH] });
}

/** Ends the session with the form's `id`: one's own, or for an admin anybody's. */
export async function endSession(c: PageContext) {
  const { db } = c.get('context');
  const staff = c.get('staff');
  const ended = await db
    .deleteFrom('staff_sessions')
    .using('staff_users')
    .whereRef('staff_users.id', '=', 'user_id')
    .where('staff_sessions.id', '=', await readField(c, 'id'))
    .$if(staff?.role !== 'admin', (query) => query.where('user_id', '=', staff?.session?.user_id ?? ''))
    .returning('staff_users.email')
    .executeTakeFirst();
  if (ended) {
    await record(c, 'end a session', ended.email);
  }
  return c.redirect('/studio/account', 303);
}

export async function signOut(c: PageContext) {
  const { db } = c.get('context');
  await db
    .deleteFrom('staff_sessions')
    .where('id', '=', c.get('staff')?.session?.id ?? '')
    .execute();
  await record(c, 'signed out');
  return c.redirect('/studio/sign-in', 303);
}

export async function removePasskey(c: PageContext) {
  const { db } = c.get('context');
  await db
    .deleteFrom('staff_passkeys')
    .where('id', '=', await readField(c, 'id'))
    .where('user_id', '=', c.get('staff')?.session?.user_id ?? '')
    .execute();
  await record(c, 'remove a passkey');
  return c.redirect('/studio/account', 303);
}

function record(c: PageContext, action: string, whose?: string): Promise<void> {
  const name = c.get('staff')?.name ?? '';
  return recordAudit(c.get('context'), { name, via: 'studio' }, { action, request: { whose } });
}

async function listSessions({ db, config }: Context) {
  const rows = await db
    .selectFrom('staff_sessions')
    .innerJoin('staff_users', 'staff_users.id', 'user_id')
    .select([
      'staff_sessions.id',
      'user_id',
      'email',
      'ip_address',
      'user_agent',
      'staff_sessions.created_at',
      'expires_at',
    ])
    .where('expires_at', '>', new Date())
    .orderBy('staff_sessions.created_at', 'desc')
    .execute();
  return rows.filter(({ email }) => roleOf(config, email));
}

interface SessionsProps {
  sessions: Awaited<ReturnType<typeof listSessions>>;
  staff: Staff;
}

function Sessions({ sessions, staff }: SessionsProps) {
  return (
    <ul className="plain-list">
      {sessions.map(({ id, email, ip_address, user_agent, created_at, expires_at }) => (
        <li key={id}>
          <form method="post" action="/studio/sessions/end" className="row">
            <input type="hidden" name="id" value={id} />
            <p className="grow">
              <strong>{describeBrowser(user_agent)}</strong>
              {email === staff.name ? '' : `, ${email}`}
              {id === staff.session?.id ? ' (this one)' : ''}
              <br />
              From {ip_address || 'an unknown address'}, {describeTime(created_at)}; ends{' '}
              {describeTime(expires_at)}
            </p>
            <button type="submit" className="plain">
              End it
            </button>
          </form>
        </li>
      ))}
    </ul>
  );
}

function Everybody({ sessions, staff, context }: SessionsProps & { context: Context }) {
  const others = sessions.filter(({ user_id }) => user_id !== staff.session?.user_id);
  return (
    <section className="sheet" aria-labelledby="everybody">
      <h2 id="everybody">Everybody on staff</h2>
      <ul>
        {context.config.staffEmails.map((address) => (
          <li key={address}>
            {address}, {roleOf(context.config, address)}
          </li>
        ))}
      </ul>
      <p>STAFF_EMAILS and STAFF_ADMINS in the settings say who they are.</p>
      {others.length > 0 ? <Sessions sessions={others} staff={staff} /> : <p>Nobody else is signed in.</p>}
    </section>
  );
}

/** "Chrome on Linux" */
function describeBrowser(userAgent: string | null): string {
  if (!userAgent) {
    return 'Unknown browser';
  }
  const { browser, os } = bowser.parse(userAgent);
  return [browser.name, os.name].filter(Boolean).join(' on ') || 'Unknown browser';
}
