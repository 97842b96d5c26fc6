import { randomBytes } from 'node:crypto';
import { AppError, messageOf } from '../../errors.ts';
import { postEvent } from '../../outgoing-webhooks/deliver.ts';
import { describeEndpoints, type EndpointState } from '../../outgoing-webhooks/endpoints.ts';
import { NO_WEBHOOK, replayEvents } from '../../outgoing-webhooks/replay.ts';
import { readTime } from '../../subscribers/parse/read-time.ts';
import { recordCommand } from '../shared/audited-change.ts';
import { type Options, type CommandResult, printOutcome, textOf } from '../shared/command.ts';
import { table } from '../shared/table.ts';
import type { Session } from '../shared/session.ts';
import type { Terminal } from '../shared/terminal.ts';

const MESSAGE_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export async function printSecret(terminal: Terminal, options: Options): Promise<void> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  await printOutcome(terminal, options, {
    json: { secret },
    text: `${secret}\n\nPut it after the URL in OUTGOING_WEBHOOKS, before the old secret, and restart. Events are then signed\nwith both secrets: give the new one to the receiver, then remove the old one.`,
  });
}

export async function list({ context }: Session): Promise<CommandResult> {
  const endpoints = await describeEndpoints(context);
  return {
    json: endpoints,
    text:
      endpoints.length > 0
        ? table([['', 'waiting', 'delivered', 'failed', ''], ...endpoints.map(describe)])
        : NO_WEBHOOK,
  };
}

function describe({ url, gone_at, waiting, delivered, failed, last_answer }: EndpointState): string[] {
  const trouble = [gone_at ? 'gone' : '', last_answer ? `last answer: ${last_answer}` : ''];
  return [url, ...[waiting, delivered, failed].map(String), trouble.filter(Boolean).join('; ')];
}

export async function test({ context }: Session, _: Options, [url = '']: string[]): Promise<CommandResult> {
  const endpoint = context.config.outgoingWebhooks.find((known) => known.url === URL.parse(url)?.href);
  if (!endpoint) {
    throw new AppError('not_found', `${url} is not in OUTGOING_WEBHOOKS.`);
  }
  const at = context.now();
  const event = { id: `test-${at.getTime()}`, type: 'test' as const, at, data: {} };
  const { status, start } = await postEvent(context, endpoint, event).catch((error: unknown) => {
    throw new AppError('unavailable', `${new URL(url).host} could not be reached: ${messageOf(error)}`);
  });
  const isAccepted = status >= 200 && status < 300;
  return {
    json: { url: endpoint.url, status, answer: start },
    text: `${isAccepted ? 'The receiver accepted the test event' : 'The receiver did not accept the test event'}: ${status} ${start}`.trim(),
    exitCode: isAccepted ? 0 : 1,
  };
}

export async function replay({ context }: Session, options: Options): Promise<CommandResult> {
  const [since, event, url] = [textOf(options.since), textOf(options.event), textOf(options.url)];
  const time = since === undefined ? undefined : readTime(since);
  if (time && Number.isNaN(time.getTime())) {
    throw new AppError(
      'invalid_input',
      `--since ${since} is not a time, such as 2026-11-24 or 2026-11-24T08:00:00Z; without a zone it is in UTC.`,
    );
  }
  if (event !== undefined && !MESSAGE_ID.test(event)) {
    throw new AppError('invalid_input', `--event ${event} is not a webhook-id.`);
  }
  const choice = {
    message_id: event,
    since: time,
    url: url === undefined ? undefined : (URL.parse(url)?.href ?? url),
    only_failed: options.all !== true && event === undefined,
  };
  const count = await replayEvents(context, choice);
  await recordCommand(context, 'replay webhooks', { since, event });
  return {
    json: { deliveries: count },
    text: `${count} ${count === 1 ? 'delivery is' : 'deliveries are'} due again.`,
  };
}
