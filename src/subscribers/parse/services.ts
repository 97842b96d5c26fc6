/** What a row of a list says about its reader. */
export const MEANINGS = ['active', 'pending', 'unsubscribed', 'bounced', 'complained'] as const;
export type Meaning = (typeof MEANINGS)[number];

/** Returns the cell of a column, given by its name in lower case; empty if the file or the row has none. */
export type CellOf = (column: string) => string;

export interface ServiceRow {
  email: string;
  meaning: Meaning;
  confirmed_at: string;
  /** When the reader left, or mail to them failed. */
  left_at: string;
  /** The file's own word for the meaning, where it has one. */
  status?: string;
}

/** A service's export, recognised by its columns; their names are in lower case. */
export interface Service {
  name: string;
  /** The file has all of these columns. */
  has: readonly string[];
  /** The file has at least one of these columns, if any are given. */
  hasOneOf?: readonly string[];
  /** The columns that are read; others are ignored, and reported. */
  reads: readonly string[];
  /** Whether the service puts an apostrophe before what a spreadsheet would take for a formula; the import removes it. */
  escapesFormulas?: boolean;
  read: (cellOf: CellOf) => ServiceRow;
}

/** The first match wins: a service with more specific columns comes first. */
export const SERVICES: readonly Service[] = [
  {
    name: 'Mailchimp',
    has: ['email address'],
    hasOneOf: ['leid', 'euid', 'member_rating', 'optin_time'],
    reads: ['email address', 'optin_time', 'confirm_time', 'unsub_time', 'clean_time'],
    // There is one file per status, and no column for it. A reader who unsubscribed or bounced has a time for that; one
    // who never opted in ("non-subscribed") has no time at all.
    read: (cellOf) => ({
      email: cellOf('email address'),
      meaning: cellOf('clean_time')
        ? 'bounced'
        : cellOf('unsub_time')
          ? 'unsubscribed'
          : cellOf('confirm_time') || cellOf('optin_time')
            ? 'active'
            : 'pending',
      confirmed_at: cellOf('confirm_time') || cellOf('optin_time'),
      left_at: cellOf('clean_time') || cellOf('unsub_time'),
    }),
  },
  {
    name: 'Substack',
    has: ['email', 'active_subscription'],
    reads: ['email', 'email_disabled', 'created_at'],
    // active_subscription is about paying: free readers have none, but get the mail.
    read: (cellOf) => ({
      email: cellOf('email'),
      meaning: isTrue(cellOf('email_disabled')) ? 'unsubscribed' : 'active',
      confirmed_at: cellOf('created_at'),
      left_at: '',
    }),
  },
  {
    name: 'Substack',
    has: ['user_email_address'],
    hasOneOf: ['subscription_type', 'subscription_created_at'],
    reads: ['user_email_address', 'subscription_created_at', 'unsubscribed_at'],
    read: (cellOf) => ({
      email: cellOf('user_email_address'),
      meaning: cellOf('unsubscribed_at') ? 'unsubscribed' : 'active',
      confirmed_at: cellOf('subscription_created_at'),
      left_at: cellOf('unsubscribed_at'),
    }),
  },
  {
    name: 'Ghost',
    has: ['email', 'subscribed_to_emails'],
    reads: ['email', 'subscribed_to_emails', 'created_at', 'deleted_at'],
    escapesFormulas: true,
    read: (cellOf) => ({
      email: cellOf('email'),
      meaning: cellOf('deleted_at') || isFalse(cellOf('subscribed_to_emails')) ? 'unsubscribed' : 'active',
      confirmed_at: cellOf('created_at'),
      left_at: cellOf('deleted_at'),
    }),
  },
  {
    name: 'beehiiv',
    has: ['email', 'status', 'tier', 'created_at'],
    reads: ['email', 'status', 'created_at', 'unsubscribed_at'],
    // A row can say active and still have a time of leaving; the time is right.
    read: (cellOf) => ({
      email: cellOf('email'),
      meaning: cellOf('unsubscribed_at') ? 'unsubscribed' : meaningOf(cellOf('status')),
      status: cellOf('status'),
      confirmed_at: cellOf('created_at'),
      left_at: cellOf('unsubscribed_at'),
    }),
  },
  {
    name: 'listmonk',
    has: ['uuid', 'email', 'attributes', 'status'],
    reads: ['email', 'status', 'created_at', 'updated_at'],
    // The status is that of the person: somebody who left one list is still enabled, so each list has to be exported by
    // its own status.
    read: (cellOf) => ({
      email: cellOf('email'),
      meaning: meaningOf(cellOf('status')),
      status: cellOf('status'),
      confirmed_at: cellOf('created_at'),
      left_at: meaningOf(cellOf('status')) === 'active' ? '' : cellOf('updated_at'),
    }),
  },
  {
    name: 'Buttondown',
    has: ['creation_date'],
    hasOneOf: ['type', 'subscriber_type', 'churn_date', 'unsubscription_date', 'undeliverability_date'],
    reads:
      'email email_address type subscriber_type creation_date unsubscription_date undeliverability_date'.split(
        ' ',
      ),
    read: (cellOf) => {
      const status = cellOf('type') || cellOf('subscriber_type') || 'regular';
      const meaning = meaningOf(status);
      const left_at = cellOf('unsubscription_date') || cellOf('undeliverability_date');
      return {
        email: cellOf('email') || cellOf('email_address'),
        meaning: meaning === 'active' && left_at ? 'unsubscribed' : meaning,
        status,
        confirmed_at: cellOf('creation_date'),
        left_at,
      };
    },
  },
  ...['state', 'status'].map((column): Service => ({
    name: 'Kit',
    has: ['first_name', column, 'created_at'],
    hasOneOf: ['email_address', 'email'],
    reads: ['email', 'email_address', column, 'created_at', 'canceled_at'],
    // `inactive` is Kit's word for an address that has not been confirmed.
    read: (cellOf) => ({
      email: cellOf('email_address') || cellOf('email'),
      meaning: /^inactive$/i.test(cellOf(column)) ? 'pending' : meaningOf(cellOf(column)),
      status: cellOf(column),
      confirmed_at: cellOf('created_at'),
      left_at: cellOf('canceled_at'),
    }),
  })),
];

const WORDS: Readonly<Record<Meaning, string>> = {
  active:
    'active subscribed enabled confirmed regular premium trialed unpaid gifted churning past_due paused opted_in optin yes true 1',
  pending: 'pending unconfirmed unactivated validating needs_attention',
  unsubscribed:
    'unsubscribed inactive cancelled canceled disabled removed opted_out optout left churned spammy blocked no false 0',
  bounced: 'bounced bounce cleaned invalid undeliverable suppressed hard_bounced',
  complained: 'complained complaint spam abuse blocklisted blacklisted',
};

const meanings = new Map(
  Object.entries(WORDS).flatMap(([meaning, words]) =>
    words.split(' ').map((word) => [word, meaning as Meaning]),
  ),
);

/** Words within longer ones, such as "Hard bounced" and "Spam complaint", that say that a reader left. */
const PARTS: readonly (readonly [RegExp, Meaning])[] = [
  [/complain|spam|abuse/, 'complained'],
  [/bounc|undeliver|invalid/, 'bounced'],
  [/unsub|opte?d?_?out|block|remov|cancel/, 'unsubscribed'],
];

/** What a service's word for a status means. An unknown one is not a permission: these readers get no mail. */
export function meaningOf(status: string): Meaning {
  return findMeaning(status) ?? 'unsubscribed';
}

export function isKnownStatus(status: string): boolean {
  return findMeaning(status) !== undefined;
}

function findMeaning(status: string): Meaning | undefined {
  const word = status.toLowerCase().replaceAll(/[\s-]+/g, '_');
  // "Never bounced" and "no complaints" say the opposite.
  const isDenied = /^(?:no|not|never|non)_|^un(?!sub|deliver)/.test(word);
  return meanings.get(word) ?? (isDenied ? undefined : PARTS.find(([part]) => part.test(word))?.[1]);
}

function isTrue(text: string): boolean {
  return /^(?:true|t|yes|1)$/i.test(text);
}

function isFalse(text: string): boolean {
  return /^(?:false|f|no|0)$/i.test(text);
}
