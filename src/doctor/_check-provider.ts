import { Webhook } from 'standardwebhooks';
import type { Resend } from 'resend';
import { checkSenderRecords } from './_sender-records.ts';
import { senderDomain } from './check-settings.ts';
import type { Examination } from './_examination.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

const TIMEOUT_MS = 8_000;
const MIN_SECRET_BYTES = 16;
/** Events that change something here. */
const NEEDED_EVENTS = [
  'email.delivered',
  'email.bounced',
  'email.complained',
  'email.failed',
  'email.suppressed',
];

/** The key, the domain and the webhook at Resend, and what DNS says about the domain. */
export async function checkProvider(examination: Examination): Promise<Finding[]> {
  const { config, resend: openResend } = examination.context;
  if (!config.resendApiKey) {
    return [fine('mail', 'the local outbox; nothing leaves this machine')];
  }
  const resend = await openResend();
  const listed = await resend.domains.list({ limit: 100 }, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const domain = senderDomain(config);
  if (listed.error?.name === 'restricted_api_key' && listed.error.statusCode === 401) {
    return [
      fine(
        'Resend key',
        'is accepted; it may only send, so the domain and the webhook cannot be asked about',
      ),
      ...(await checkSenderRecords(examination, domain)),
    ];
  }
  if (listed.error) {
    return [describeRefusal(listed.error.statusCode)];
  }
  const found = listed.data.data.find(({ name }) => name.toLowerCase() === domain);
  return [
    fine('Resend key', 'is accepted'),
    ...(found ? await checkDomain(resend, found.id) : [missingDomain(domain)]),
    ...(await checkSenderRecords(examination, domain)),
    ...(await checkRegisteredWebhook(resend, config)),
  ];
}

function describeRefusal(statusCode: number | null): Finding {
  return statusCode === null || statusCode >= 500 || statusCode === 429
    ? warning(
        'Resend key',
        `Resend did not answer (${statusCode ?? 'no connection'})`,
        'See whether this machine reaches Resend by HTTPS, then run doctor again.',
      )
    : fault(
        'Resend key',
        `Resend refuses it (${statusCode})`,
        'Make a new key at Resend and put it into RESEND_API_KEY.',
      );
}

function missingDomain(domain: string): Finding {
  return fault(
    'Resend domain',
    `${domain}, of MAIL_FROM, is not one of this team’s domains`,
    'Add and verify it at Resend, or send from one that is there.',
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
            'is on: each mail gets a picture that tells who opened it',
            `Turn it off for ${data.name} at Resend.`,
          ),
        ]
      : []),
    ...(data.click_tracking || data.open_tracking ? [] : [fine('tracking', 'is off')]),
  ];
}

async function checkRegisteredWebhook(
  resend: Resend,
  { publicUrl, webhookSecret }: Examination['context']['config'],
): Promise<Finding[]> {
  const url = `${publicUrl}/webhooks/resend`;
  const listed = await resend.webhooks.list({ limit: 100 }, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const name = 'Resend webhook';
  if (listed.error) {
    return [
      warning(
        name,
        `could not be asked about (${listed.error.statusCode ?? 'no connection'})`,
        'Run doctor again.',
      ),
    ];
  }
  const found = listed.data.data.find(({ endpoint }) => endpoint.replace(/\/$/, '') === url);
  if (!found) {
    return [
      fault(
        name,
        `Resend has none to ${url}`,
        'Add it there with all email.* events: bounces and complaints are reported to nobody.',
      ),
    ];
  }
  const { data } = await resend.webhooks.get(found.id, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const missing = NEEDED_EVENTS.filter(
    (event) => found.events && !(found.events as string[]).includes(event),
  );
  if (found.status !== 'enabled') {
    return [
      fault(
        name,
        'is disabled',
        'Enable it at Resend, which keeps the events of the last days for a replay.',
      ),
    ];
  }
  if (data && data.signing_secret !== webhookSecret) {
    return [
      fault(
        name,
        'signs with another secret than RESEND_WEBHOOK_SECRET',
        'Copy the signing secret of this webhook from Resend.',
      ),
    ];
  }
  return [
    missing.length > 0
      ? warning(name, `does not report ${missing.join(', ')}`, 'Add these events to it at Resend.')
      : fine(name, 'is enabled, with our secret'),
  ];
}

/** Posts a signed event that concerns nobody to PUBLIC_URL, as Resend does, and one whose signature is wrong. */
export async function checkWebhook({ context, isReal }: Examination): Promise<Finding[]> {
  const { publicUrl, webhookSecret } = context.config;
  const name = 'webhook';
  if (Buffer.from(webhookSecret.replace(/^whsec_/, ''), 'base64').length < MIN_SECRET_BYTES) {
    return [
      fault(
        name,
        'RESEND_WEBHOOK_SECRET is too short to be one of Resend’s, so nothing verifies',
        'Copy the signing secret from Resend; it begins with whsec_.',
      ),
    ];
  }
  if (!isReal) {
    return [];
  }
  const url = `${publicUrl}/webhooks/resend`;
  try {
    const [right, wrong] = await Promise.all([
      postEvent(url, webhookSecret),
      postEvent(url, `whsec_${Buffer.alloc(24, 1).toString('base64')}`),
    ]);
    return [describeAnswers(url, right, wrong)];
  } catch (error) {
    const { cause, name: kind } = error as Error;
    const reason =
      kind === 'TimeoutError' ? 'no answer in time' : ((cause as { code?: string })?.code ?? kind);
    return [
      fault(
        name,
        `${url} is not reachable (${reason})`,
        'See whether a web process runs, and that PUBLIC_URL leads to it through DNS, TLS and the proxy.',
      ),
    ];
  }
}

function describeAnswers(url: string, right: number, wrong: number): Finding {
  const name = 'webhook';
  if (right === 401) {
    return fault(
      name,
      'the web process behind PUBLIC_URL has another RESEND_WEBHOOK_SECRET than this one',
      'Give both the same, and restart.',
    );
  }
  if (right !== 200) {
    return fault(
      name,
      `${url} answers ${right}`,
      'Let the proxy pass it on unchanged: no redirect, no login, no other site.',
    );
  }
  return wrong === 401
    ? fine(name, 'reachable at PUBLIC_URL, and verified end to end')
    : fault(
        name,
        `${url} answers ${wrong} to an event with a wrong signature`,
        'Something else than this service answers there: see the proxy.',
      );
}

async function postEvent(url: string, secret: string): Promise<number> {
  const id = `msg_doctor_${crypto.randomUUID()}`;
  const now = new Date();
  const body = JSON.stringify({
    type: 'email.sent',
    created_at: now.toISOString(),
    data: { email_id: crypto.randomUUID(), created_at: now.toISOString(), from: '', to: [], subject: '' },
  });
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      'Content-Type': 'application/json',
      'svix-id': id,
      'svix-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'svix-signature': new Webhook(secret).sign(id, now, body),
    },
    body,
  });
  await response.body?.cancel();
  return response.status;
}
