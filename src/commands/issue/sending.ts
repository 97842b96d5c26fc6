import { userName } from '../../audit/user-name.ts';
import { Option } from 'commander';
import type { TerminalCommand } from '../shared/terminal.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { DELIVERY_STATUSES, statusesBefore } from '../../sending/rules/delivery-status.ts';
import { addCommand } from '../shared/command.ts';

const load = () => import('./_sending-actions.ts');
const loadDeliveries = () => import('./_delivery-actions.ts');

export function addSendingCommands(issue: TerminalCommand): void {
  addCommand(
    issue,
    'send <issue>',
    'send it to everybody who gets this issue',
    async () => (await load()).send,
    {
      sends: true,
    },
  )
    .option('--wait', 'run a worker here and show progress until it is done')
    .option('--yes', 'send it even if nobody has approved it, or if it is another week’s');
  addCommand(issue, 'test <issue>', 'send one test copy', async () => (await load()).sendTest, {
    sends: true,
  }).requiredOption('--to <email>', 'the address to send it to');
  addCommand(
    issue,
    'status <issue>',
    'show its status and count its deliveries by status',
    async () => (await import('./_issue-status.ts')).showStatus,
  );
  addDeliveryCommands(issue);
  addDecisions(issue);
}

function addDeliveryCommands(issue: TerminalCommand): void {
  addCommand(
    issue,
    'recipients <issue>',
    'list recipients with the status of each delivery',
    async () => (await loadDeliveries()).recipients,
  ).addOption(statusOption('only deliveries with this status', DELIVERY_STATUSES));
  const sendingAgain = addCommand(
    issue,
    'send-again <issue>',
    'resend to exactly these readers, in new batches, after checking again that each may get it',
    async () => (await loadDeliveries()).sendDeliveriesAgain,
  );
  const counting = addCommand(
    issue,
    'count-as-sent <issue>',
    'settle mails with an unknown outcome as sent',
    async () => (await loadDeliveries()).countDeliveriesAsSent,
  );
  sendingAgain.addOption(
    statusOption('only deliveries with this status', statusesBefore('send again')).makeOptionMandatory(),
  );
  for (const command of [sendingAgain, counting]) {
    command
      .option('--email <email>', 'only this reader')
      .option('--by <name>', 'who decides; stored with the decision', userName());
  }
}

function statusOption(description: string, statuses: readonly DeliveryStatus[]): Option {
  return new Option('--status <status>', description).choices(statuses);
}

function addDecisions(issue: TerminalCommand): void {
  addCommand(
    issue,
    'pause <issue>',
    'pause sending after the batches in progress',
    async () => (await load()).pause,
  ).option('--reason <words>', 'why');
  addCommand(issue, 'resume <issue>', 'resume sending', async () => (await load()).resume);
  addCommand(
    issue,
    'cancel <issue>',
    'cancel the issue’s unsent mails',
    async () => (await load()).cancel,
  ).option('--yes', 'do not ask');
}
