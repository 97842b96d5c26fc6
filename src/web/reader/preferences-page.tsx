import { verifySubscriberToken, signSubscriber } from '../../links/tokens.ts';
import type { Context } from '../../context.ts';
import type { Row } from '../../database/schema.ts';
import { findNextSendTime } from '../../issues/record/next-send-time.ts';
import { AppError } from '../../errors.ts';
import { updatePreferences } from '../../subscribers/preferences/update-preferences.ts';
import { requestAddressChange } from '../../subscribers/preferences/change-address.ts';
import { pauseSubscriber } from '../../subscribers/preferences/pause.ts';
import { readAddress } from '../../address/read-address.ts';
import { suggestAddress } from '../../subscribers/address/suggest-address.ts';
import { AddressForm } from '../layout/address-form.tsx';
import { Address, AskAboutAddress } from '../layout/ask-about-address.tsx';
import { padDuration } from '../request/pad-duration.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';
import { CategoriesForm, FrequencyForm, listChoosable, MorningForm, readChoices } from './_choices.tsx';
import { HowToSignUpAgain } from './_how-to-sign-up-again.tsx';
import { PREFERENCES_SCRIPT_PATH } from './preferences-script.ts';

const PAUSE_WEEKS = [2, 4, 8];

/** The reader's settings: frequency, categories, morning, pause, address, unsubscribe. */
export async function preferencesPage(c: PageContext) {
  const subscriber = await findSubscriber(c);
  return subscriber ? showPreferences(c, subscriber, {}) : c.notFound();
}

interface AddressInput {
  email?: string;
  problem?: string;
  status?: 400 | 409;
}

async function showPreferences(c: PageContext, subscriber: Row<'subscribers'>, address: AddressInput) {
  const context = c.get('context');
  const { config, linkKeys, now } = context;
  const choosable = await listChoosable(context, subscriber);
  const unsubscribeUrl = `/unsubscribe/${signSubscriber(linkKeys, 'unsubscribe', subscriber.id)}`;
  const pausedUntil =
    subscriber.paused_until && subscriber.paused_until > now() ? subscriber.paused_until : null;
  // Not the request's own path, which is that of a form whose answer is this page.
  const action = `/preferences/${c.req.param('token')}`;
  const addressChange = <AddressChange action={`${action}/address`} {...address} />;
  const children = (
    <div className="sheet narrow">
      <h1>Your preferences</h1>
      <p role="status">{describeStatus(subscriber)}</p>
      {subscriber.status === 'active' ? (
        <>
          {address.problem ? addressChange : null}
          <FrequencyForm action={action} frequency={subscriber.frequency} />
          <CategoriesForm action={action} {...subscriber} choosable={choosable} />
          {subscriber.frequency === 'weekly' ? (
            <MorningForm
              action={action}
              morning_zone={subscriber.morning_zone}
              nextAt={await findNextIssue(context, subscriber, pausedUntil)}
              timezone={config.timezone}
            />
          ) : null}
          <Pause action={action} pausedUntil={pausedUntil} timezone={config.timezone} />
          {address.problem ? null : addressChange}
          <h2>Leave</h2>
          <p>
            <a href={unsubscribeUrl}>Unsubscribe</a>: one tap, no questions.
          </p>
        </>
      ) : (
        <HowToSignUpAgain {...subscriber} />
      )}
      <h2>Your data</h2>
      <p>
        <a href={`${action}/about`}>See everything that we hold about you</a>, or{' '}
        <a href={`${action}/erase`}>erase it all</a>.
      </p>
    </div>
  );
  const scripts = [PREFERENCES_SCRIPT_PATH];
  return showPage(
    c,
    { title: address.problem ? 'The address was not accepted' : 'Your preferences', children, scripts },
    address.status ?? (address.problem ? 400 : 200),
  );
}

/** Gives the same answer for every valid address, so that it does not reveal who is subscribed. */
export async function addressAction(c: PageContext) {
  const subscriber = await findSubscriber(c);
  if (!subscriber) {
    return c.notFound();
  }
  const typed = await readField(c, 'email');
  const { address, problem } = readAddress(typed);
  if (address === undefined) {
    return showPreferences(c, subscriber, { email: typed, problem });
  }
  const suggestion = suggestAddress(address);
  if (suggestion !== undefined && !(await readField(c, 'as_typed'))) {
    const { pathname } = new URL(c.req.url);
    const children = <AskAboutAddress action={pathname} email={address} suggestion={suggestion} />;
    return showPage(c, { title: 'Is that address right?', children });
  }
  try {
    await padDuration(() => requestAddressChange(c.get('context'), subscriber.id, address));
  } catch (error) {
    if (error instanceof AppError) {
      const status = error.code === 'invalid_input' ? 400 : 409;
      return showPreferences(c, subscriber, { email: address, problem: error.message, status });
    }
    throw error;
  }
  const children = (
    <div className="sheet narrow">
      <h1>Check the other inbox</h1>
      <p role="status">
        If we can send to <Address email={address} />, an email with a button is on its way there. Until you
        press it, nothing changes.
      </p>
    </div>
  );
  return showPage(c, { title: 'Check the other inbox', children });
}

export async function preferencesAction(c: PageContext) {
  const subscriber = await findSubscriber(c);
  if (!subscriber) {
    return c.notFound();
  }
  const context = c.get('context');
  const chosen = await readChoices(c, await listChoosable(context, subscriber));
  if (Object.keys(chosen).length > 0) {
    await updatePreferences(context, subscriber.id, chosen);
  }
  const weeks = await readField(c, 'weeks');
  if (weeks === '0' || PAUSE_WEEKS.includes(Number(weeks))) {
    await pauseSubscriber(context, subscriber.id, Number(weeks));
  }
  return c.redirect(new URL(c.req.url).pathname, 303);
}

async function findSubscriber(c: PageContext): Promise<Row<'subscribers'> | undefined> {
  const { db, linkKeys } = c.get('context');
  const id = verifySubscriberToken(linkKeys, 'preferences', c.req.param('token') ?? '');
  return id === undefined
    ? undefined
    : db.selectFrom('subscribers').selectAll().where('id', '=', id).executeTakeFirst();
}

function describeStatus({ email, status, frequency }: Row<'subscribers'>): string {
  return status === 'active'
    ? `Weekly AI Tool Verdicts goes to ${email} ${frequency === 'weekly' ? 'once a week' : 'once a month'}.`
    : `Weekly AI Tool Verdicts isn’t sent to ${email}.`;
}

function AddressChange({ action, email, problem }: AddressInput & { action: string }) {
  return (
    <>
      <h2>Another address</h2>
      <p>We’ll ask at the new address first. You keep your votes.</p>
      <AddressForm
        action={action}
        label="New email address"
        button="Send it there"
        buttonClass="plain"
        email={email}
        problem={problem}
      />
    </>
  );
}

interface PauseProps {
  action: string;
  pausedUntil: Date | null;
  timezone: string;
}

/** Undefined if it is uncertain, also for a reader who may get nothing of the next issue. */
async function findNextIssue(
  context: Context,
  { categories, always_lead }: Pick<Row<'subscribers'>, 'categories' | 'always_lead'>,
  pausedUntil: Date | null,
): Promise<Date | undefined> {
  const next = await findNextSendTime(context);
  const isPaused = pausedUntil !== null && pausedUntil > next.at;
  return next.is_certain && !isPaused && (categories.length === 0 || always_lead) ? next.at : undefined;
}

function Pause({ action, pausedUntil, timezone }: PauseProps) {
  return (
    <>
      <h2>Take a break</h2>
      {pausedUntil ? (
        <p role="status">
          Paused until {pausedUntil.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: timezone })}.
        </p>
      ) : (
        <p>Away for a while? Issues wait in the archive.</p>
      )}
      <form method="post" action={action} className="row">
        {pausedUntil ? (
          <button type="submit" name="weeks" value="0">
            End the pause
          </button>
        ) : (
          PAUSE_WEEKS.map((weeks) => (
            <button key={weeks} type="submit" name="weeks" value={weeks} className="plain">
              Pause for {weeks} weeks
            </button>
          ))
        )}
      </form>
    </>
  );
}
