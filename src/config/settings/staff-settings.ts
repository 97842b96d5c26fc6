import * as z from 'zod';
import { optionalText } from './setting-types.ts';
import { readAddress } from '../../address/read-address.ts';
import { isWebUrl } from './setting-checks.ts';

const ADDRESSES_EXAMPLE = 'ann@example.net,bo@example.net';

const addresses = optionalText
  .transform((value) => (value ?? '').split(',').flatMap((address) => address.trim() || []))
  .transform((list, issues) =>
    list.map((text) => {
      const { address, problem } = readAddress(text);
      if (address === undefined) {
        issues.addIssue(
          `must be comma-separated e-mail addresses, for example ${ADDRESSES_EXAMPLE}; ${problem}`,
        );
      }
      return address ?? '';
    }),
  );

/** Who works on the newsletter, and how they enter the studio. */
export const staffSettings = {
  STAFF_EMAILS: addresses,
  STAFF_ADMINS: addresses,
  STUDIO: optionalText.pipe(z.enum(['loopback', 'off'], { error: 'must be loopback or off' }).optional()),
  STUDIO_ORIGIN: optionalText.refine((value) => value === undefined || isWebUrl(value), {
    error: 'must be an http or https URL without a path, for example https://studio.example.net',
  }),
};

type StaffValues = z.infer<z.ZodObject<typeof staffSettings>>;

export function readStaffSettings(value: StaffValues, isLocal: boolean) {
  return {
    /** Notified when something needs a person; with a STUDIO_ORIGIN they also sign in there. */
    staffEmails: value.STAFF_EMAILS,
    /** Those of `staffEmails` who may also do things that affect readers in bulk or permanently. */
    staffAdmins: value.STAFF_ADMINS,
    studio: value.STUDIO ?? (value.STUDIO_ORIGIN ? 'sign-in' : isLocal ? 'loopback' : 'off'),
    /** Scheme and host of the studio; undefined if only this machine can open it. */
    studioOrigin: value.STUDIO_ORIGIN && new URL(value.STUDIO_ORIGIN).origin,
  } as const;
}

/** Staff settings that contradict each other. */
export function findStaffProblems({
  STAFF_EMAILS,
  STAFF_ADMINS,
  STUDIO,
  STUDIO_ORIGIN,
}: StaffValues): string[] {
  const known = new Set(STAFF_EMAILS.map((address) => address.toLowerCase()));
  const url = STUDIO_ORIGIN === undefined ? undefined : new URL(STUDIO_ORIGIN);
  return [
    ...STAFF_ADMINS.filter((address) => !known.has(address.toLowerCase())).map(
      (address) => `STAFF_ADMINS: ${address} must also be in STAFF_EMAILS`,
    ),
    ...(url && STUDIO === 'loopback'
      ? ['STUDIO: cannot be loopback with a STUDIO_ORIGIN; remove one of the two']
      : []),
    ...(url && STUDIO !== 'off' && STAFF_EMAILS.length === 0
      ? [`STUDIO_ORIGIN: requires STAFF_EMAILS, who may sign in there, for example ${ADDRESSES_EXAMPLE}`]
      : []),
    ...(url && url.protocol !== 'https:' && url.hostname !== 'localhost'
      ? ['STUDIO_ORIGIN: must be https, for example https://studio.example.net; http only for localhost']
      : []),
  ];
}
