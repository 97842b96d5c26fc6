import { countOf } from '../../count-of.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import { describeClosing, namesClosing } from '../../issues/record/send-time.ts';
import { findOtherToday } from '../../issues/decide/other-today.ts';
import { countRecipients } from '../../sending/prepare/recipients.ts';
import { countDeliveries } from '../../sending/deliveries/count-deliveries.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { describePausedLanes } from '../studio-shared/audience.ts';
import { readField } from '../request/read-form.ts';

/** What an action that cannot be taken back does, and what has to be typed before it does it. */
interface Warning {
  title: string;
  effect: string;
  button: string;
  /** The number of mails that it is about: it has changed if somebody else was faster. */
  typed: string;
  what: string;
  /** A smaller number than was shown is still the same decision: mails go out meanwhile. */
  mayShrink?: boolean;
}

/** The actions that ask first, with the statuses in which they are possible. */
const WARNINGS: Record<string, (context: Context, issue: Issue) => Promise<Warning>> = {
  cancel: async ({ db }, issue) => {
    const { queued = 0 } = await countDeliveries(db, issue.id);
    return {
      title: `Cancel the rest of issue ${issue.number}?`,
      effect: `${countOf(queued, 'mail has', 'mails have')} not been sent and never will be. What has been handed to Resend goes out. This cannot be taken back; “Pause sending” can. If nothing has been handed to Resend by then, the week is skipped instead, which can be taken back until it ends.`,
      button: `Cancel ${countOf(queued, 'mail')}`,
      typed: String(queued),
      what: 'the number of mails to cancel',
      mayShrink: true,
    };
  },
  'send-now': async (context, issue) => {
    const { config, db, now } = context;
    const { readers } = await countRecipients(db, now(), issue);
    const votes_until = describeClosing(config, issue.week, now());
    const correction = namesClosing(issue.content.votes_until, votes_until)
      ? ''
      : ` Voting then ends ${votes_until}, not ${issue.content.votes_until}: the mail will say so.`;
    const other = await findOtherToday(context, issue);
    const second = other
      ? ` The issue of ${other} goes out today as well, or already has: readers get two.`
      : '';
    return {
      title: `Send issue ${issue.number} now?`,
      effect: `It goes to ${countOf(readers, 'reader')} without waiting for its time; those who chose their own morning get it then.${await describePausedLanes(context)}${correction}${second} Mails that have been handed to Resend cannot be called back.`,
      button: `Send it to ${countOf(readers, 'reader')}`,
      typed: String(readers),
      what: 'the number of readers',
    };
  },
};

/** Says what the action does; nothing is done yet. */
export async function confirmationPage(c: PageContext, action: string, problem?: string) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  const { title, effect, button, typed, what } = await warningOf(context, issue, action);
  const children = (
    <div className="sheet narrow">
      <p className="kicker">
        {issue.week} · issue {issue.number}
      </p>
      <h1>{title}</h1>
      <p>{effect}</p>
      <form method="post" action={`/studio/issues/${issue.week}/${action}`}>
        <input type="hidden" name="shown" value={typed} />
        <label htmlFor="typed">
          Type {what}, {typed}, to go on
        </label>
        <p>
          <input
            id="typed"
            name="typed"
            required
            autoComplete="off"
            inputMode="numeric"
            aria-describedby={problem ? 'problem' : undefined}
          />
        </p>
        {problem ? (
          <p className="problem" id="problem" role="alert">
            {problem}
          </p>
        ) : null}
        <div className="row">
          <button type="submit" className="stop">
            {button}
          </button>
          <a className="button plain" href={`/studio/issues/${issue.week}`}>
            Go back
          </a>
        </div>
      </form>
    </div>
  );
  return showPage(c, { title, children }, problem ? 400 : 200);
}

/** Undefined if the confirmation was typed; otherwise the page that asks for it again. */
export async function findMissingConfirmation(c: PageContext, action: string) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  const { typed, what, mayShrink = false } = await warningOf(context, issue, action);
  const given = await readField(c, 'typed');
  const shown = Number(await readField(c, 'shown'));
  const wanted = mayShrink && Number(typed) < shown ? shown : Number(typed);
  return given === String(wanted) || given === wanted.toLocaleString('en')
    ? undefined
    : confirmationPage(
        c,
        action,
        given === '' ? `Type ${what}.` : `That is not ${what}, which is ${typed} now.`,
      );
}

function warningOf(context: Context, issue: Issue, action: string): Promise<Warning> {
  const warning = WARNINGS[action];
  if (!warning) {
    throw new AppError('not_found', `There is nothing to confirm for ${action}.`);
  }
  return warning(context, issue);
}
