import type { Resend } from 'resend';
import {
  accessOf,
  domainOf,
  hasSeveralLanes,
  type Lane,
  listLanes,
  settingOf,
} from '../../sending/lanes/lanes.ts';
import { checkSenderRecords } from './_sender-records.ts';
import type { CheckContext } from './check-context.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

const TIMEOUT_MS = 8_000;
/** Events that the service acts on. */
const NEEDED_EVENTS = [
  'email.delivered',
  'email.bounced',
  'email.complained',
  'email.failed',
  'email.suppressed',
];

/** Checks each lane's key, domain and webhook at Resend, and the DNS records of the domain. */
export async function checkResend(checkContext: CheckContext): Promise<Finding[]> {
  const { context } = checkContext;
  if (!context.config.resendApiKey) {
    return [fine('mail', 'the local outbox; nothing leaves this machine')];
  }
  const findings = await Promise.all(
    listLanes(context.config).map(async (lane) => {
      const ofLane = await checkLane(checkContext, lane);
      return hasSeveralLanes(context.config)
        ? ofLane.map((finding) => ({ ...finding, name: `lane ${lane.number}: ${finding.name}` }))
        : ofLane;
    }),
  );
  return findings.flat();
}

async function checkLane(checkContext: CheckContext, lane: Lane): Promise<Finding[]> {
  const resend = await accessOf(checkContext.context, lane).resend();
  const listed = await resend.domains.list({ limit: 100 }, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const domain = domainOf(lane);
  if (listed.error?.name === 'restricted_api_key' && listed.error.statusCode === 401) {
    return [
      fine('Resend key', 'is accepted; it may only send, so the domain and the webhook cannot be checked'),
      ...(await checkSenderRecords(checkContext, domain)),
    ];
  }
  if (listed.error) {
    return [describeRefusal(lane, listed.error.statusCode)];
  }
  if (!Array.isArray(listed.data.data)) {
    return [
      fault(
        'Resend key',
        'the response did not come from Resend’s API',
        'Check RESEND_BASE_URL, and whether a proxy answers instead of Resend.',
      ),
    ];
  }
  const found = listed.data.data.find(({ name }) => name.toLowerCase() === domain);
  return [
    fine('Resend key', 'is accepted'),
    ...(found ? await checkDomain(resend, found.id) : [missingDomain(lane)]),
    ...(await checkSenderRecords(checkContext, domain)),
    ...(await checkRegisteredWebhook(resend, checkContext.context.config.publicUrl, lane)),
  ];
}

function describeRefusal(lane: Lane, statusCode: number | null): Finding {
  if (statusCode === 404) {
    return fault(
      'Resend key',
      'there is nothing at the address of Resend’s API (404)',
      'Check RESEND_BASE_URL.',
    );
  }
  return statusCode === null || statusCode >= 500 || statusCode === 429
    ? warning(
        'Resend key',
        `Resend gave no usable response (${statusCode ?? 'no connection, or not its API'})`,
        'Check whether this machine can reach Resend by HTTPS, then run doctor again.',
      )
    : fault(
        'Resend key',
        `Resend refuses it (${statusCode})`,
        `Make a new key at Resend and put it into ${settingOf(lane, 'RESEND_API_KEY')}.`,
      );
}

function missingDomain(lane: Lane): Finding {
  return fault(
    'Resend domain',
    `${domainOf(lane)}, from ${settingOf(lane, 'MAIL_FROM')}, is not one of this team’s domains`,
    'Add and verify it at Resend, or send from a domain that is verified there.',
  );
}

async function checkDomain(resend: Resend, id: string): Promise<Finding[]> {
  const { data } = await resend.domains.get(id, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!data) {
    return [];
  }
  const unverified = data.records.filter(
    ({ record, status }) => /SPF|DKIM/.test(record) && status !== 'verified',
  );
  return [
    data.status === 'verified'
      ? fine('Resend domain', `${data.name} is verified`)
      : fault(
          'Resend domain',
          `${data.name} is ${data.status.replaceAll('_', ' ')}`,
          `Add the DNS records that Resend shows${unverified.length > 0 ? ` (${unverified.map(({ type, name }) => `${type} ${name}`).join(', ')})` : ''}, then verify it there.`,
        ),
    ...(data.click_tracking
      ? [
          fault(
            'click tracking',
            'is on: it rewrites every vote link',
            `Turn it off for ${data.name} at Resend.`,
          ),
        ]
      : []),
    ...(data.open_tracking
      ? [
          warning(
            'open tracking',
            'is on: Resend adds a picture to each mail that reports who opened it',
            `Turn it off for ${data.name} at Resend.`,
          ),
        ]
      : []),
    ...(data.click_tracking || data.open_tracking ? [] : [fine('tracking', 'is off')]),
  ];
}

async function checkRegisteredWebhook(resend: Resend, publicUrl: string, lane: Lane): Promise<Finding[]> {
  const url = `${publicUrl}/webhooks/resend`;
  const listed = await resend.webhooks.list({ limit: 100 }, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const name = 'Resend webhook';
  if (listed.error) {
    return [
      warning(
        name,
        `could not be checked (${listed.error.statusCode ?? 'no connection'})`,
        'Run doctor again.',
      ),
    ];
  }
  const found = listed.data.data.find(({ endpoint }) => endpoint.replace(/\/$/, '') === url);
  if (!found) {
    return [
      fault(
        name,
        `Resend has no webhook to ${url}, so bounces and complaints are not reported`,
        'Add it at Resend with all email.* events.',
      ),
    ];
  }
  const { data } = await resend.webhooks.get(found.id, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return [describeWebhook(name, found, data?.signing_secret, lane)];
}

function describeWebhook(
  name: string,
  { status, events }: { status: string; events: string[] | null },
  theirSecret: string | undefined,
  lane: Lane,
): Finding {
  if (status !== 'enabled') {
    return fault(
      name,
      'is disabled',
      'Enable it at Resend, which keeps the events of the last days for a replay.',
    );
  }
  if (theirSecret !== undefined && theirSecret !== lane.webhookSecret) {
    return fault(
      name,
      `signs with a secret that differs from ${settingOf(lane, 'RESEND_WEBHOOK_SECRET')}`,
      'Copy the signing secret of this webhook from Resend.',
    );
  }
  const missing = NEEDED_EVENTS.filter((event) => events && !events.includes(event));
  return missing.length > 0
    ? warning(name, `does not report ${missing.join(', ')}`, 'Add these events to it at Resend.')
    : fine(name, 'is enabled, and signs with our secret');
}
