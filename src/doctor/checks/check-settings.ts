import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { distance } from 'fastest-levenshtein';
import { type Config, type Environment, SETTING_NAMES } from '../../config/config.ts';
import { domainOf, listLanes, settingOf } from '../../sending/lanes/lanes.ts';
import type { CheckContext } from './check-context.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

/** Settings of the platform that we run on, and of other programs. */
const NOT_OURS =
  /^(?:NODE|NPM|OTEL|PG|POSTGRES_(?!UR[IL]$)|AWS|GITHUB|CI|DEBUG|SSL|TZ$|HTTPS?_PROXY|NO_PROXY)/;
/** Mailbox providers: Resend cannot send from their domains, and their DMARC records make receivers refuse such mail. */
const MAILBOXES =
  /^(?:gmail|googlemail|outlook|hotmail|live|msn|yahoo|ymail|icloud|me|mac|aol|gmx|web|proton|protonmail|pm|mail|zoho|yandex)\.(?:com|net|org|de|fr|it|es|nl|at|ch|eu|me|ru|(?:co|com)\.[a-z]{2})$/;

/** Finds names that are like one of our settings but are not read, and values that are valid but cannot be intended. */
export function checkSettings(env: Environment, config: Config | undefined, cwd = '.'): Finding[] {
  const findings = [
    ...findMisspelledNames({ ...readEnvFile(cwd), ...env }),
    ...(config
      ? [
          ...checkSenders(config),
          ...checkReach(config),
          ...checkStaff(config),
          ...checkRange(env),
          ...checkUrl(env),
        ]
      : []),
  ];
  return findings.length > 0 ? findings : [fine('settings', 'every name and value makes sense')];
}

function readEnvFile(cwd: string): Environment {
  try {
    return parseEnv(readFileSync(`${cwd}/.env`, 'utf8'));
  } catch {
    return {};
  }
}

function findMisspelledNames(env: Environment): Finding[] {
  const known = new Set(SETTING_NAMES.flatMap((name) => [name, `${name}_FILE`]));
  return Object.keys(env)
    .filter((name) => /^[A-Z][A-Z\d_]+$/.test(name) && !known.has(name) && env[name]?.trim())
    .flatMap((name): Finding[] => {
      const near = SETTING_NAMES.find((setting) => isNear(name.replace(/_FILE$/, ''), setting));
      if (near === undefined || NOT_OURS.test(name)) {
        return [];
      }
      const isOtherSet = Boolean(env[near]?.trim() ?? env[`${near}_FILE`]?.trim());
      const consequence =
        near === 'RESEND_API_KEY' && !isOtherSet ? ', so mail goes to the local outbox' : '';
      const message = `${name} is not a setting${consequence}`;
      const advice = `If you mean ${near}, rename it.`;
      return [isOtherSet ? warning(name, message, advice) : fault(name, message, advice)];
    });
}

/** Words that people use instead of those in our settings. */
const SYNONYMS: Readonly<Record<string, string>> = {
  DB: 'DATABASE',
  POSTGRES: 'DATABASE',
  URI: 'URL',
  TOKEN: 'KEY',
  DOMAIN: 'ORIGIN',
};

/** True for a typing error, a missing word, a singular instead of a plural, and a synonym. */
function isNear(name: string, setting: string): boolean {
  const [words, others] = [wordsOf(name), wordsOf(setting)];
  const isPart =
    words.length >= 2 && words.every((word) => others.includes(word)) && others.length - words.length <= 1;
  return (setting.length >= 6 && distance(name, setting) <= 2) || isPart;
}

function wordsOf(name: string): string[] {
  return name.split('_').map((word) => (SYNONYMS[word] ?? word).replace(/IES$/, 'Y').replace(/(?<!S)S$/, ''));
}

function checkSenders(config: Config): Finding[] {
  return listLanes(config).flatMap((lane) => {
    const domain = domainOf(lane);
    const setting = settingOf(lane, 'MAIL_FROM');
    if (MAILBOXES.test(domain)) {
      return [
        fault(
          setting,
          `${domain} belongs to a mailbox provider, and nobody else may send from its domain`,
          'Use a domain of your own that is verified at Resend.',
        ),
      ];
    }
    return config.resendApiKey && LOCAL_NAME.test(domain)
      ? [fault(setting, `${domain} is not a domain on the internet`, 'Use one that is verified at Resend.')]
      : [];
  });
}

/** Names that cannot be reached from outside (RFC 6761, RFC 6762). */
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|test|invalid|internal)$|^127\.|^\[::1\]$/;

function checkReach({ publicUrl, resendApiKey, resendBaseUrl, trustedProxies }: Config): Finding[] {
  if (!resendApiKey) {
    return [];
  }
  const findings: Finding[] = [];
  if (LOCAL_NAME.test(new URL(publicUrl).hostname)) {
    findings.push(
      fault('PUBLIC_URL', `readers cannot reach ${publicUrl}`, 'Set it to an address that they can reach.'),
    );
  }
  if (resendBaseUrl?.startsWith('http:')) {
    findings.push(
      warning(
        'RESEND_BASE_URL',
        'the key goes there unencrypted',
        'Use https, or remove it: Resend’s own address is the default.',
      ),
    );
  }
  if (publicUrl.startsWith('https:') && trustedProxies === 0) {
    findings.push(
      warning(
        'TRUSTED_PROXIES',
        'a proxy in front of this server terminates TLS, but it is not trusted to say where requests come from, so many votes or sign-ups from one source go unnoticed',
        'Set it to the number of your proxies: 1 if you use one of those in deploy/proxy.',
      ),
    );
  }
  return findings;
}

function checkStaff({ resendApiKey, staffEmails }: Config): Finding[] {
  return resendApiKey && staffEmails.length === 0
    ? [
        warning(
          'STAFF_EMAILS',
          'nobody is told when an issue is held, paused or not drafted',
          'Set STAFF_EMAILS to the people who look after the newsletter.',
        ),
      ]
    : [];
}

function checkRange(env: Environment): Finding[] {
  const [min, max] = [env.ISSUE_MIN_COMPARISONS, env.ISSUE_MAX_COMPARISONS];
  return min && Number(min) > Number(max || 5)
    ? [
        warning(
          'ISSUE_MIN_COMPARISONS',
          `${min} is above ISSUE_MAX_COMPARISONS (${max || 5}), which is used for both`,
          'Lower it, or raise the maximum.',
        ),
      ]
    : [];
}

/** Other programs that use the same URL, such as pg_dump, may take the first @ for the end of the password. */
function checkUrl(env: Environment): Finding[] {
  const userInfo = /^[^:]+:\/\/([^/]*)@/.exec(env.DATABASE_URL ?? '')?.[1] ?? '';
  return userInfo.includes('@')
    ? [
        warning(
          'DATABASE_URL',
          'its password contains an @, which other programs take for the end of the password',
          'Write it as %40, or put the password into DATABASE_PASSWORD and leave it out of the URL.',
        ),
      ]
    : [];
}

const LINK_DAYS = 90;

/**
 * Whether links in the mails of the last months still work: the secret that signed them must still be in LINK_SECRET.
 */
export async function checkLinks({ context: { db, linkKeys, now } }: CheckContext): Promise<Finding[]> {
  const signed = await db
    .selectFrom('batches')
    .innerJoin('issues', 'issues.id', 'batches.issue_id')
    .select(['link_key_id', 'week'])
    .distinct()
    .where('first_attempt_at', '>', new Date(now().getTime() - LINK_DAYS * 86_400_000))
    .where('link_key_id', 'is not', null)
    .orderBy('week')
    .execute();
  const dead = signed.filter(({ link_key_id }) => !linkKeys.byId.has(link_key_id ?? ''));
  const weeks = [...new Set(dead.map(({ week }) => week))];
  return weeks.length === 0
    ? [fine('links', `links of the last ${LINK_DAYS} days can be verified`)]
    : [
        fault(
          'links',
          `no link in the mails of ${weeks.join(', ')} works, not even the one to unsubscribe: the secret that signed them is not in LINK_SECRET`,
          'Put it back after the new secret and a comma: `verdicts keys rotate` prints them in that order.',
        ),
      ];
}

/** Who can enter the studio. */
export function checkStudio({ studio, studioOrigin, staffEmails, staffAdmins }: Config): Finding {
  const messages = {
    off: 'off',
    loopback: 'for browsers on this machine only',
    'sign-in': `${studioOrigin}/studio, for ${staffEmails.length} who can sign in, ${staffAdmins.length} of them as admin`,
  };
  return fine('studio', messages[studio]);
}
