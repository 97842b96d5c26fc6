import { type Command, Option } from 'commander';
import { userInfo } from 'node:os';
import { getIssue } from '../../issues/record/issue.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { countAsSent, type DecisionRequest, sendAgain } from '../../sending/control/decide-deliveries.ts';
import { DELIVERY_STATUSES, statusesBefore } from '../../sending/rules/delivery-status.ts';
import { listRecipients } from '../../sending/settle/list-recipients.ts';
import { addCommand, type Options, type Outcome, table } from '../shared/command.ts';
import type { Session } from '../shared/session.ts';

export function addDeliveryCommands(issue: Command): void {
  addCommand(
    issue,
    'recipients <issue>',
    'list recipients with the status of each delivery',
    listIssueRecipients,
  ).addOption(statusOption('only deliveries with this status', DELIVERY_STATUSES));
  const sendingAgain = addCommand(
    issue,
    'send-again <issue>',
    'resend to exactly these readers, in new batches, after checking again that each may get it',
    async ({ context }, options, [name = '']) => {
      const { week } = await getIssue(context.db, name);
      const readers = await sendAgain(context, week, requestOf(options));
      const text = `${week} is resent to ${readers} readers as soon as a worker runs.`;
      return { json: { week, readers }, text };
    },
  );
  const counting = addCommand(
    issue,
    'count-as-sent <issue>',
    'settle mails with an unknown outcome as sent',
    async ({ context }, options, [name = '']) => {
      const { week } = await getIssue(context.db, name);
      const readers = await countAsSent(context, week, requestOf({ ...options, status: 'unknown' }));
      return { json: { week, readers }, text: `${readers} mails of ${week} count as sent.` };
    },
  );
  sendingAgain.addOption(
    statusOption('only deliveries with this status', statusesBefore('send again')).makeOptionMandatory(),
  );
  for (const command of [sendingAgain, counting]) {
    command
      .option('--email <email>', 'only this reader')
      .option('--by <name>', 'who decides; stored with the decision', userInfo().username);
  }
}

function statusOption(description: string, statuses: readonly DeliveryStatus[]): Option {
  return new Option('--status <status>', description).choices(statuses);
}

function requestOf({ status, email, by }: Options): DecisionRequest {
  return {
    status: statusOf(status) ?? 'unknown',
    email: typeof email === 'string' ? email : undefined,
    by: `${String(by)}, command line`,
  };
}

function statusOf(value: string | boolean | undefined): DeliveryStatus | undefined {
  return DELIVERY_STATUSES.find((status) => status === value);
}

async function listIssueRecipients(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<Outcome> {
  const { id } = await getIssue(context.db, name);
  const recipients = await listRecipients(context.db, id, statusOf(options.status));
  const rows = recipients.map(({ email, status, reason, decisions }) => [
    email ?? '(erased)',
    status,
    reason ?? '',
    decisions ?? '',
  ]);
  return { json: recipients, text: rows.length > 0 ? table(rows) : 'Nobody.' };
}
