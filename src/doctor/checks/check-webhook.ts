import { Webhook } from 'standardwebhooks';
import { type Lane, listLanes, settingOf } from '../../sending/lanes/lanes.ts';
import type { CheckContext } from './check-context.ts';
import { type Finding, fault, fine } from './finding.ts';

const TIMEOUT_MS = 8_000;
const MIN_SECRET_BYTES = 16;

/**
 * Posts to PUBLIC_URL as Resend does, for each team: one event signed with the team's secret, and one whose signature
 * is wrong. Neither is about a mail of ours.
 */
export async function checkWebhook({ context, isReal }: CheckContext): Promise<Finding[]> {
  const teams = listLanes(context.config).filter(({ number, team }) => number === team);
  const findings = await Promise.all(
    teams.map((lane) => checkSecret(context.config.publicUrl, lane, isReal)),
  );
  return findings.flat();
}

async function checkSecret(publicUrl: string, lane: Lane, isReal: boolean): Promise<Finding[]> {
  const { webhookSecret } = lane;
  const name = 'webhook';
  const setting = settingOf(lane, 'RESEND_WEBHOOK_SECRET');
  if (Buffer.from(webhookSecret.replace(/^whsec_/, ''), 'base64').length < MIN_SECRET_BYTES) {
    return [
      fault(
        name,
        `${setting} is too short to be one of Resend’s secrets, so no event can be verified`,
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
    return [describeAnswers(url, setting, right, wrong)];
  } catch (error) {
    const { cause, name: kind } = error as Error;
    const reason =
      kind === 'TimeoutError' ? 'no answer in time' : ((cause as { code?: string })?.code ?? kind);
    return [
      fault(
        name,
        `${url} is not reachable (${reason})`,
        'Check that a web process runs, and that PUBLIC_URL leads to it through DNS, TLS and the proxy.',
      ),
    ];
  }
}

function describeAnswers(url: string, setting: string, right: number, wrong: number): Finding {
  const name = 'webhook';
  if (right === 401) {
    return fault(
      name,
      `the web process behind PUBLIC_URL has a different ${setting} from this process`,
      'Give both processes the same secret, and restart them.',
    );
  }
  if (right !== 200) {
    return fault(
      name,
      `${url} answers ${right}`,
      'Make the proxy pass such requests on unchanged: without a redirect or a login, and to this service.',
    );
  }
  return wrong === 401
    ? fine(name, `reachable at PUBLIC_URL, and verified end to end with ${setting}`)
    : fault(
        name,
        `${url} answers ${wrong} to an event with a wrong signature`,
        'Something other than this service answers there: check the proxy.',
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
