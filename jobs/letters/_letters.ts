import type { Context } from '../../src/context.ts';
import { summarizeComparison } from '../../src/issues/results/summarize.ts';
import { findNextSendTime } from '../../src/issues/record/next-send-time.ts';
import type { Row } from '../../src/database/schema.ts';
import { listSentIssues } from '../../src/issues/record/issue.ts';
import { imprintOf, type Letter } from '../../src/issues/render/render-letter.tsx';
import type { LetterJobKind } from '../../src/queue/queue.ts';
import { confirmUrl, readerUrl } from '../../src/links/reader-url.ts';
import type { LetterRequest, LetterSubject } from '../../src/sending/letters/submit-letter.ts';
import { findConfirmLink } from '../../src/subscribers/join/confirm.ts';
import { isSuppressedAddress } from '../../src/subscribers/address/is-suppressed-address.ts';
import { maskAddress } from '../../src/subscribers/address/mask-address.ts';
import { formatDay } from '../../src/week.ts';

interface AddressedLetter {
  to: string;
  letter: Letter;
  about: Omit<LetterSubject, 'kind'>;
  priority?: LetterRequest['priority'];
  unsubscribe_url?: string;
}

/** Returns undefined when the letter is obsolete: the reader has confirmed, left or been erased meanwhile, or the address is suppressed. */
type LetterWriter = (context: Context, id: number) => Promise<AddressedLetter | undefined>;

/** Letter writers by kind; each uses the current state of the database. */
export const LETTERS: Record<LetterJobKind, LetterWriter> = {
  reminder: writeReminder,
  welcome: writeWelcome,
  'already-in': writeAlreadyIn,
  'new-address': writeNewAddress,
  'address-changed': writeAddressChanged,
  'still-want-this': writeStillWantThis,
  goodbye: writeGoodbye,
};

async function writeReminder(context: Context, id: number): Promise<AddressedLetter | undefined> {
  const reader = await findReader(context, id, 'pending');
  const { reminder } = await import('../../emails/reminder.tsx');
  return (
    reader && {
      to: reader.email,
      about: { tag: 'reader', id },
      letter: reminder({
        confirm_url: confirmUrl(context, await findConfirmLink(context, id)),
        asked_on: dayOf(context, reader.requested_at),
        imprint: imprintOf(context.config),
      }),
    }
  );
}

async function writeWelcome(context: Context, id: number): Promise<AddressedLetter | undefined> {
  const { config, db } = context;
  const reader = await findReader(context, id, 'active');
  if (!reader) {
    return undefined;
  }
  const [latest] = await listSentIssues(db, 1);
  const next = await findNextSendTime(context);
  const unsubscribe_url = readerUrl(context, 'unsubscribe', id);
  const { welcome } = await import('../../emails/welcome.tsx');
  return {
    to: reader.email,
    about: { tag: 'reader', id },
    unsubscribe_url,
    letter: welcome({
      next_issue_on: next.is_certain && getsNextIssue(reader) ? writtenDay(next.at, config.timezone) : null,
      latest: latest
        ? summarizeComparison(latest.content.lead, `${config.publicUrl}/issues/${latest.week}`)
        : null,
      archive_url: `${config.publicUrl}/issues`,
      preferences_url: readerUrl(context, 'preferences', id),
      unsubscribe_url,
      imprint: imprintOf(config),
    }),
  };
}

/**
 * Whether this reader gets the next issue on the day it goes out: not certain after choosing a morning, or categories
 * without the lead.
 */
function getsNextIssue({ categories, always_lead, morning_zone }: Row<'subscribers'>): boolean {
  return morning_zone === null && (categories.length === 0 || always_lead);
}

function writtenDay(at: Date, timezone: string): string {
  const day = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timezone).toPlainDate();
  return `${formatDay(day, { weekday: 'long' })}, ${formatDay(day)}`;
}

async function writeAlreadyIn(context: Context, id: number): Promise<AddressedLetter | undefined> {
  const { config } = context;
  const reader = await findReader(context, id, 'active');
  const unsubscribe_url = readerUrl(context, 'unsubscribe', id);
  const { alreadyIn } = await import('../../emails/already-in.tsx');
  return (
    reader && {
      to: reader.email,
      about: { tag: 'reader', id },
      unsubscribe_url,
      letter: alreadyIn({
        schedule: reader.paused_until && reader.paused_until > context.now() ? 'paused' : reader.frequency,
        archive_url: `${config.publicUrl}/issues`,
        preferences_url: readerUrl(context, 'preferences', id),
        unsubscribe_url,
        imprint: imprintOf(config),
      }),
    }
  );
}

async function writeNewAddress(context: Context, changeId: number): Promise<AddressedLetter | undefined> {
  const change = await context.db
    .selectFrom('address_changes')
    .innerJoin('subscribers', 'subscribers.id', 'subscriber_id')
    .select(['address_changes.email', 'subscribers.email as old_email'])
    .where('address_changes.id', '=', changeId)
    .where('address_changes.confirmed_at', 'is', null)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (!change || (await isSuppressedAddress(context.db, change.email))) {
    return undefined;
  }
  const { newAddress } = await import('../../emails/new-address.tsx');
  return {
    to: change.email,
    about: { tag: 'change', id: changeId },
    letter: newAddress({
      confirm_url: readerUrl(context, 'address', changeId),
      old_address: maskAddress(change.old_email),
      imprint: imprintOf(context.config),
    }),
  };
}

async function writeAddressChanged(context: Context, changeId: number): Promise<AddressedLetter | undefined> {
  const change = await context.db
    .selectFrom('address_changes')
    .innerJoin('subscribers', 'subscribers.id', 'subscriber_id')
    .select(['subscribers.email as current', 'replaced'])
    .where('address_changes.id', '=', changeId)
    .executeTakeFirst();
  if (!change?.replaced || (await isSuppressedAddress(context.db, change.replaced))) {
    return undefined;
  }
  const { addressChanged } = await import('../../emails/address-changed.tsx');
  return {
    to: change.replaced,
    about: { tag: 'left', id: changeId },
    letter: addressChanged({
      new_address: maskAddress(change.current),
      sign_up_url: `${context.config.publicUrl}/#sign-up`,
      reads_replies: context.config.mailReplyTo !== undefined,
      imprint: imprintOf(context.config),
    }),
  };
}

async function writeStillWantThis(context: Context, id: number): Promise<AddressedLetter | undefined> {
  const reader = await findReader(context, id, 'active');
  const { sunset } = context.config;
  const unsubscribe_url = readerUrl(context, 'unsubscribe', id);
  const { stillWantThis } = await import('../../emails/still-want-this.tsx');
  return reader?.still_asked_at
    ? {
        to: reader.email,
        about: { tag: 'reader', id },
        priority: 'bulk letter',
        unsubscribe_url,
        letter: stillWantThis({
          stay_url: readerUrl(context, 'stay', id),
          inactive_issues: sunset.issues,
          remaining_issues: sunset.lastIssues,
          unsubscribe_url,
          imprint: imprintOf(context.config),
        }),
      }
    : undefined;
}

async function writeGoodbye(context: Context, id: number): Promise<AddressedLetter | undefined> {
  const { config } = context;
  const reader = await findReader(context, id, 'suppressed');
  const { goodbye } = await import('../../emails/goodbye.tsx');
  // Readers who left, bounced or complained meanwhile get nothing.
  return reader?.suppressed_reason === 'inactive'
    ? {
        to: reader.email,
        about: { tag: 'reader', id },
        priority: 'bulk letter',
        letter: goodbye({
          sign_up_url: `${config.publicUrl}/#sign-up`,
          archive_url: `${config.publicUrl}/issues`,
          imprint: imprintOf(config),
        }),
      }
    : undefined;
}

function findReader({ db }: Context, id: number, status: 'pending' | 'active' | 'suppressed') {
  return db
    .selectFrom('subscribers')
    .selectAll()
    .where('id', '=', id)
    .where('status', '=', status)
    .executeTakeFirst();
}

function dayOf({ config }: Context, time: Date): string {
  return time.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: config.timezone });
}
