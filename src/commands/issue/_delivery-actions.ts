import { countOf } from '../../count-of.ts';
import { getIssue } from '../../issues/record/issue.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { countAsSent, type DecisionRequest, sendAgain } from '../../sending/control/decide-deliveries.ts';
import { DELIVERY_STATUSES } from '../../sending/rules/delivery-status.ts';
import { formatRecipients, formatRecipientsAsJson } from '../../sending/deliveries/list-recipients.ts';
import { auditedChange } from '../shared/audited-change.ts';
import { type Options, type CommandResult, type StreamedResult, textOf } from '../shared/command.ts';
import type { Session } from '../shared/session.ts';

export async function recipients(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<StreamedResult> {
  const { id } = await getIssue(context.db, name);
  const format = options.json ? formatRecipientsAsJson : formatRecipients;
  return { pieces: await format(context, id, statusOf(options.status)) };
}

export async function sendDeliveriesAgain(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  const { status } = options;
  const readers = await auditedChange(context, 'send again', week, { status: textOf(status) }, () =>
    sendAgain(context, week, requestOf(options)),
  );
  const text = `${week} will be resent to ${countOf(readers, 'reader')} as soon as a worker runs.`;
  return { json: { week, readers }, text };
}

export async function countDeliveriesAsSent(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  const readers = await auditedChange(context, 'count as sent', week, {}, () =>
    countAsSent(context, week, requestOf({ ...options, status: 'unknown' })),
  );
  return {
    json: { week, readers },
    text: `${countOf(readers, 'mail')} of ${week} ${readers === 1 ? 'counts' : 'count'} as sent.`,
  };
}

function requestOf({ status, email, by }: Options): DecisionRequest {
  return {
    status: statusOf(status) ?? 'unknown',
    email: textOf(email),
    by: `${String(by)}, command line`,
  };
}

function statusOf(value: string | boolean | undefined): DeliveryStatus | undefined {
  return DELIVERY_STATUSES.find((status) => status === value);
}
