import { isIPv6 } from 'node:net';
import * as z from 'zod';
import { AppError } from '../errors.ts';
import {
  databaseSettings,
  findDatabaseProblems,
  readDatabaseSettings,
} from './settings/database-settings.ts';
import { joiningSettings, readJoiningSettings } from './settings/joining-settings.ts';
import { judgingSettings } from './settings/judging-settings.ts';
import { linkKeyId } from '../links/tokens.ts';
import { operatingSettings, readOperatingSettings } from './settings/operating-settings.ts';
import { readSendingSettings, sendingSettings } from './settings/sending-settings.ts';
import { normalized, optionalText, text, wholeNumber } from './settings/setting-types.ts';
import {
  findLaneProblems,
  mailSettings,
  readFormerSecrets,
  readFurtherLanes,
} from './settings/mail-settings.ts';
export type { LaneConfig } from './settings/mail-settings.ts';
import { normalizeWebUrl, readTrustedProxies, splitSecrets } from './settings/setting-checks.ts';
export type { Environment } from './_setting-files.ts';
import { type Environment, readSettingFiles } from './_setting-files.ts';
import { findWebhookProblems, readWebhookSettings, webhookSettings } from './settings/webhook-settings.ts';
import { findStaffProblems, readStaffSettings, staffSettings } from './settings/staff-settings.ts';
import { readTimetableSettings, timetableSettings } from './settings/timetable-settings.ts';

/** For local use only: `readConfig` refuses it together with RESEND_API_KEY. */
const LOCAL_LINK_SECRET = 'local-only-secret-never-used-with-a-real-key';
const LOCAL_WEBHOOK_SECRET = 'whsec_bG9jYWwtb3V0Ym94LXdlYmhvb2stc2VjcmV0';
const LOCAL_POSTAL_ADDRESS = 'Weekly Verdicts, 1 Example Street, 00000 Anytown';

function webUrl(example: string) {
  return normalized(normalizeWebUrl, `must be an http or https URL without a path, for example ${example}`);
}

const settings = z.object({
  HOST: text('127.0.0.1'),
  PORT: wholeNumber(3000, 0, 65_535),
  ...operatingSettings,
  PUBLIC_URL: webUrl('https://verdicts.example.net'),
  ...databaseSettings,
  RESEND_BASE_URL: optionalText
    .refine((value) => value === undefined || /^https?:$/.test(URL.parse(value)?.protocol ?? ''), {
      error: 'must be a URL, for example https://api.resend.com',
    })
    // Paths are appended to it.
    .transform((value) => value?.replace(/\/+$/, '')),
  ...mailSettings,
  LINK_SECRET: optionalText,
  ...timetableSettings,
  APPROVAL: text('automatic').pipe(
    z.enum(['automatic', 'required'], { error: 'must be automatic or required' }),
  ),
  ...staffSettings,
  CLICKS: text('off').pipe(z.enum(['off', 'counted'], { error: 'must be off or counted' })),
  AI_PANEL_LABEL: z
    .string()
    .trim()
    .max(40, 'must be at most 40 characters, for example AI panel')
    .optional()
    .transform((value) => value ?? 'AI panel'),
  ISSUE_MAX_COMPARISONS: wholeNumber(5, 1, 5),
  ISSUE_MIN_COMPARISONS: wholeNumber(3, 1, 5),
  ...joiningSettings,
  ...webhookSettings,
  ...sendingSettings,
  ...judgingSettings,
  SUNSET_ISSUES: wholeNumber(26, 0, 520),
  SUNSET_LAST_ISSUES: wholeNumber(2, 1, 52),
  TRUSTED_PROXIES: text('0').transform((value, issues) => {
    const trusted = readTrustedProxies(value);
    if (trusted === undefined) {
      issues.addIssue(
        'must be how many of your proxies are in front of the server, up to 9, or their networks, for example 10.0.0.0/8,fd00::/8',
      );
    }
    return trusted ?? 0;
  }),
  LOG_LEVEL: text('info').pipe(
    z.enum(['debug', 'info', 'warn', 'error', 'silent'], {
      error: 'must be debug, info, warn, error or silent',
    }),
  ),
});

export const SETTING_NAMES = Object.keys(settings.shape);

export type Config = ReturnType<typeof readConfig>;

/** Applies the URL announced by a running server when PUBLIC_URL is not set. */
export function withPublicUrl(config: Config, announced: string | undefined): Config {
  return config.isPublicUrlSet || !announced ? config : { ...config, publicUrl: announced };
}

/** Reads all settings from the environment and the files that it names; throws a single AppError that lists every problem. */
export function readConfig(environment: Environment) {
  const { env, problems: fileProblems } = readSettingFiles(environment, SETTING_NAMES);
  const parsed = settings.safeParse(env);
  const problems = [...fileProblems, ...findProblems(env, parsed)];
  if (!parsed.success || problems.length > 0) {
    throw new AppError('invalid_input', 'The settings are invalid.', problems);
  }
  const value = parsed.data;
  const isLocal = !value.RESEND_API_KEY;
  return {
    host: value.HOST,
    port: value.PORT,
    ...readOperatingSettings(value),
    publicUrl: value.PUBLIC_URL ?? localUrl(value.HOST, value.PORT),
    isPublicUrlSet: value.PUBLIC_URL !== undefined,
    ...readDatabaseSettings(value),
    /** Undefined means the local outbox. */
    resendApiKey: value.RESEND_API_KEY,
    resendBaseUrl: value.RESEND_BASE_URL,
    webhookSecret: value.RESEND_WEBHOOK_SECRET ?? LOCAL_WEBHOOK_SECRET,
    mailFrom: value.MAIL_FROM ?? 'Weekly AI Tool Verdicts <verdicts@weekly-verdicts.local>',
    /** In addition to lane 1, whose key, secret and sender are above and which sends all letters. */
    furtherLanes: readFurtherLanes(value),
    formerWebhookSecrets: readFormerSecrets(value),
    mailReplyTo: value.MAIL_REPLY_TO,
    /** An address whose mail Resend receives for us: a reader can unsubscribe by writing to it. */
    unsubscribeMailbox: value.UNSUBSCRIBE_MAILBOX,
    postalAddress: value.POSTAL_ADDRESS ?? LOCAL_POSTAL_ADDRESS,
    /** Newest first: the first signs, every one verifies. */
    linkSecrets: splitSecrets(value.LINK_SECRET ?? LOCAL_LINK_SECRET),
    isLinkSecretSet: value.LINK_SECRET !== undefined,
    ...readTimetableSettings(value),
    approval: value.APPROVAL,
    ...readStaffSettings(value, isLocal),
    /** Whether clicks on an issue's links to our own pages are counted. */
    countsClicks: value.CLICKS === 'counted',
    panelLabel: value.AI_PANEL_LABEL,
    maxComparisons: value.ISSUE_MAX_COMPARISONS,
    minComparisons: Math.min(value.ISSUE_MIN_COMPARISONS, value.ISSUE_MAX_COMPARISONS),
    ...readJoiningSettings(value),
    ...readWebhookSettings(value),
    ...readSendingSettings(value),
    judging: value.JUDGING,
    /** Consecutive issues without engagement before a reader is asked (0: never), then before they are suppressed. */
    sunset: { issues: value.SUNSET_ISSUES, lastIssues: value.SUNSET_LAST_ISSUES },
    /** Our own reverse proxies in front of this server, by number or by network. */
    trustedProxies: value.TRUSTED_PROXIES,
    logLevel: value.LOG_LEVEL,
  };
}

function findProblems(env: Environment, parsed: ReturnType<typeof settings.safeParse>): string[] {
  const problems = parsed.success
    ? [
        ...findDatabaseProblems(parsed.data),
        ...findStaffProblems(parsed.data),
        ...findLaneProblems(parsed.data),
        ...findWebhookProblems(parsed.data),
      ]
    : parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`);
  return parsed.success
    ? [...findSecretProblems(env), ...findProductionProblems(env), ...problems]
    : [...problems, ...findSecretProblems(env), ...findProductionProblems(env)];
}

/** The URL at which a browser on this machine reaches the server. */
function localUrl(host: string, port: number): string {
  // Not ::1: not every machine knows it as localhost.
  const isLocalhost = ['0.0.0.0', '::', '127.0.0.1'].includes(host);
  return `http://${isLocalhost ? 'localhost' : isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function findSecretProblems(env: Environment): string[] {
  const secrets = splitSecrets(env.LINK_SECRET ?? '');
  if (env.LINK_SECRET?.trim() && secrets.length === 0) {
    return ['LINK_SECRET: contains no secret; `verdicts keys rotate` makes one'];
  }
  if (secrets.some((secret) => secret.length < 32)) {
    return ['LINK_SECRET: every secret must have at least 32 characters; `verdicts keys rotate` makes one'];
  }
  return new Set(secrets.map(linkKeyId)).size < secrets.length
    ? [
        'LINK_SECRET: two secrets share a key id; replace the newer one with one made by `verdicts keys rotate`',
      ]
    : [];
}

function findProductionProblems(env: Environment): string[] {
  if (!env.RESEND_API_KEY?.trim()) {
    const looksReal = env.RESEND_WEBHOOK_SECRET?.trim() && /^https:/i.test(env.PUBLIC_URL?.trim() ?? '');
    return looksReal
      ? [
          'RESEND_API_KEY: missing beside RESEND_WEBHOOK_SECRET and a public PUBLIC_URL: issues would go to the local outbox instead of readers; set it, or remove RESEND_WEBHOOK_SECRET',
        ]
      : [];
  }
  const required = {
    PUBLIC_URL: 'the public https URL, for example https://verdicts.example.net',
    MAIL_FROM: 'a name and an address, for example Weekly Verdicts <verdicts@mail.example.net>',
    POSTAL_ADDRESS: 'the postal address shown in every mail, for example Example Ltd, 1 High Street, Anytown',
    LINK_SECRET: 'at least 32 random characters; `verdicts keys rotate` makes one',
    RESEND_WEBHOOK_SECRET: "the webhook's signing secret, for example whsec_…",
  };
  const missing = Object.entries(required)
    .filter(([name]) => !env[name]?.trim())
    .map(([name, example]) => `${name}: required with RESEND_API_KEY: ${example}`);
  if (env.PUBLIC_URL?.trim() && !/^https:\/\//i.test(env.PUBLIC_URL.trim())) {
    missing.push('PUBLIC_URL: must be https with RESEND_API_KEY, for example https://verdicts.example.net');
  }
  const isLocalSecret = splitSecrets(env.LINK_SECRET ?? '').includes(LOCAL_LINK_SECRET);
  return isLocalSecret
    ? [
        ...missing,
        'LINK_SECRET: contains the published local default; make your own with `verdicts keys rotate`',
      ]
    : missing;
}
