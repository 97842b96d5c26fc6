import { recordAudit } from '../../audit/audit-log.ts';
import { AppError } from '../../errors.ts';
import { getIssue } from '../../issues/record/issue.ts';
import { sendTestCopies } from '../../sending/letters/send-test.ts';
import { normalizeAddress } from '../../address/read-address.ts';
import type { Week } from '../../week.ts';
import type { PageContext } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';
import { actorOf } from '../studio-shared/actor.tsx';
import { findReader } from './choose-reader.tsx';

interface TestMailProps {
  week: Week;
  /** Whose copy it is. */
  readerId: number;
  addresses: TestAddresses;
  /** The number of copies that were just submitted. */
  sent: string | undefined;
}

export interface TestAddresses {
  /** The address of whoever looks at the page, if it is known. */
  own: string | undefined;
  staff: readonly string[];
}

/** Whoever signed in, or else the first on staff. */
export function listTestAddresses(c: PageContext): TestAddresses {
  const { staffEmails } = c.get('context').config;
  const staff = c.get('staff');
  return { own: staff?.session ? staff.name : staffEmails[0], staff: staffEmails };
}

/** Sends the copy that is shown to oneself, or to everybody on staff. */
export function TestMail({ week, readerId, addresses: { own, staff }, sent }: TestMailProps) {
  return (
    <form method="post" action={`/studio/issues/${week}/test`} className="row">
      <input type="hidden" name="reader" value={readerId} />
      <div className="grow">
        <label htmlFor="test-to">Send this copy as a test to</label>
        <input id="test-to" name="to" type="email" maxLength={254} autoComplete="email" defaultValue={own} />
      </div>
      <button type="submit" className="plain">
        Send a test
      </button>
      {staff.length > 1 ? (
        <button type="submit" className="plain" name="team" value="1">
          Send it to all {staff.length} on staff
        </button>
      ) : null}
      {sent ? (
        <p className="notice" role="status">
          {sent === '1' ? 'A test copy is' : `${sent} test copies are`} on the way. Links in{' '}
          {sent === '1' ? 'it' : 'them'} change nothing.
        </p>
      ) : null}
    </form>
  );
}

export async function sendTestAction(c: PageContext) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  const readerId = await findReader(context, await readField(c, 'reader'));
  const addresses = (await readField(c, 'team'))
    ? context.config.staffEmails
    : [normalizeAddress(await readField(c, 'to')) ?? ''];
  if (addresses.includes('')) {
    throw new AppError('invalid_input', 'Type the address that the test copy goes to.');
  }
  await sendTestCopies(context, issue, addresses, readerId);
  const change = {
    action: addresses.length === 1 ? 'send a test copy' : `send ${addresses.length} test copies`,
    week: issue.week,
  };
  await recordAudit(context, actorOf(c), change);
  return c.redirect(`/studio/issues/${issue.week}?reader=${readerId}&tested=${addresses.length}#mail`, 303);
}
