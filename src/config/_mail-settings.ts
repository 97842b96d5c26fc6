import { normalizeAddress } from '../address/read-address.ts';
import { normalizeSender } from './_setting-checks.ts';
import { normalized, optionalText } from './_setting-types.ts';

/** What every mail says about its sender. */
export const mailSettings = {
  MAIL_FROM: normalized(
    normalizeSender,
    'must be a name and an address, for example Weekly Verdicts <verdicts@mail.example.net>',
  ),
  MAIL_REPLY_TO: normalized(
    normalizeAddress,
    'must be an e-mail address that somebody reads, for example editors@example.net',
  ),
  UNSUBSCRIBE_MAILBOX: normalized(
    normalizeAddress,
    'must be an address whose mail Resend receives for you, for example unsubscribe@in.example.net',
  ),
  POSTAL_ADDRESS: optionalText,
};
