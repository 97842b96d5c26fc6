import type * as z from 'zod';
import { normalizeAddress } from '../../address/read-address.ts';
import { readWarmUp, type WarmUp, warmUpStart } from './sending-settings.ts';
import { normalizeSender } from './setting-checks.ts';
import { normalized, optionalText } from './setting-types.ts';

const apiKey = optionalText.refine((value) => value === undefined || /^[!-~]+$/.test(value), {
  error: 'must be a key as Resend shows it, for example re_123456789',
});
const webhookSecret = optionalText.refine(
  (value) => value === undefined || /^(?:whsec_)?[A-Za-z0-9+/]+={0,2}$/.test(value),
  { error: 'must be the signing secret as Resend shows it, for example whsec_c2VjcmV0' },
);
const sender = normalized(
  normalizeSender,
  'must be a name and an address, for example Weekly Verdicts <verdicts@mail.example.net>',
);

/** Lane 1 has the settings without a number. */
const FURTHER_LANES = [2, 3, 4, 5] as const;
type FurtherLane = (typeof FURTHER_LANES)[number];

type LaneSettings<Number extends FurtherLane> = Record<`MAIL_FROM_${Number}`, typeof sender> &
  Record<`RESEND_API_KEY_${Number}`, typeof apiKey> &
  Record<`RESEND_WEBHOOK_SECRET_${Number}`, typeof webhookSecret> &
  Record<`WARM_UP_FROM_${Number}`, typeof warmUpStart>;

function laneSettings<Number extends FurtherLane>(number: Number) {
  return {
    [`MAIL_FROM_${number}`]: sender,
    [`RESEND_API_KEY_${number}`]: apiKey,
    [`RESEND_WEBHOOK_SECRET_${number}`]: webhookSecret,
    [`WARM_UP_FROM_${number}`]: warmUpStart,
  } as LaneSettings<Number>;
}

/** The teams and domains through which mails go, and what every mail says about its sender. */
export const mailSettings = {
  RESEND_API_KEY: apiKey,
  RESEND_WEBHOOK_SECRET: webhookSecret,
  MAIL_FROM: sender,
  MAIL_REPLY_TO: normalized(
    normalizeAddress,
    'must be an e-mail address that somebody reads, for example editors@example.net',
  ),
  UNSUBSCRIBE_MAILBOX: normalized(
    normalizeAddress,
    'must be an address whose mail Resend receives for you, for example unsubscribe@in.example.net',
  ),
  POSTAL_ADDRESS: optionalText,
  ...laneSettings(2),
  ...laneSettings(3),
  ...laneSettings(4),
  ...laneSettings(5),
};

type MailValues = z.infer<z.ZodObject<typeof mailSettings>> & { WARM_UP_CEILINGS: readonly number[] };

/** A Resend team and one of its domains, through which issues go in addition to lane 1. */
export interface LaneConfig {
  number: number;
  /** Undefined means the local outbox. */
  apiKey: string | undefined;
  /** Undefined: that of an earlier lane, whose team it shares. */
  webhookSecret: string | undefined;
  mailFrom: string;
  warmUp: WarmUp | undefined;
}

/** Webhook secrets of teams through which nothing is sent any more, but whose bounces and complaints still come. */
export function readFormerSecrets(value: MailValues): string[] {
  return FURTHER_LANES.flatMap((number) =>
    value[`MAIL_FROM_${number}`] === undefined ? (value[`RESEND_WEBHOOK_SECRET_${number}`] ?? []) : [],
  );
}

export function readFurtherLanes(value: MailValues): LaneConfig[] {
  return FURTHER_LANES.flatMap((number) => {
    const mailFrom = value[`MAIL_FROM_${number}`];
    return mailFrom === undefined
      ? []
      : [
          {
            number,
            apiKey: value[`RESEND_API_KEY_${number}`] ?? value.RESEND_API_KEY,
            webhookSecret: value[`RESEND_WEBHOOK_SECRET_${number}`],
            mailFrom,
            warmUp: readWarmUp(value[`WARM_UP_FROM_${number}`], value.WARM_UP_CEILINGS),
          },
        ];
  });
}

/** Settings that a lane lacks, and lanes that are the same as another one. */
export function findLaneProblems(value: MailValues): string[] {
  const known = new Map([[teamAndDomainOf(value.RESEND_API_KEY, value.MAIL_FROM), 1]]);
  const teams = new Set([value.RESEND_API_KEY]);
  return FURTHER_LANES.flatMap((number) => {
    const mailFrom = value[`MAIL_FROM_${number}`];
    const key = value[`RESEND_API_KEY_${number}`];
    const secret = value[`RESEND_WEBHOOK_SECRET_${number}`];
    if (mailFrom === undefined) {
      // A secret alone is that of a team through which mails once went: its bounces and complaints still come.
      return (key ?? value[`WARM_UP_FROM_${number}`])
        ? [`MAIL_FROM_${number}: required for lane ${number}: a name and an address at a domain of its own`]
        : [];
    }
    if (key && !value.RESEND_API_KEY) {
      return [`RESEND_API_KEY_${number}: is set, but RESEND_API_KEY is not, which lane 1 needs`];
    }
    const teamAndDomain = teamAndDomainOf(key ?? value.RESEND_API_KEY, mailFrom);
    const same = known.get(teamAndDomain);
    known.set(teamAndDomain, number);
    if (same !== undefined) {
      return [
        `MAIL_FROM_${number}: lane ${same} sends from that domain with that key, too; a lane needs another domain or another team`,
      ];
    }
    const isNewTeam = key !== undefined && !teams.has(key);
    teams.add(key);
    return isNewTeam && !secret
      ? [
          `RESEND_WEBHOOK_SECRET_${number}: required with RESEND_API_KEY_${number}: each team signs its own webhook`,
        ]
      : [];
  });
}

function teamAndDomainOf(key: string | undefined, mailFrom: string | undefined): string {
  return `${key} ${/@([^<>@]+)>?$/.exec(mailFrom ?? '')?.[1]?.toLowerCase()}`;
}
