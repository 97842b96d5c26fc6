import type { TerminalCommand } from '../shared/terminal.ts';
import { addCommand } from '../shared/command.ts';

const load = () => import('./_webhook-actions.ts');

export function addWebhookCommands(program: TerminalCommand): void {
  const webhooks = program.command('webhooks').description('the systems to which we send events');
  addCommand(
    webhooks,
    'list',
    'list them with how many events are waiting, delivered and failed',
    async () => (await load()).list,
  );
  addCommand(webhooks, 'test <url>', 'post a test event to one of them now', async () => (await load()).test);
  addCommand(
    webhooks,
    'replay',
    'deliver events of the last 30 days again',
    async () => (await load()).replay,
  )
    .option('--event <id>', 'only this event')
    .option('--since <time>', 'only events since this time, such as 2026-11-24 or 2026-11-24T08:00Z')
    .option('--url <url>', 'only to this system')
    .option('--all', 'also events that were delivered; by default only those that failed');
  const secret = webhooks
    .command('secret')
    .description('make a secret; put it before the old one until the receiver has it')
    .option('--json', 'print one JSON document');
  secret.action(async () => (await load()).printSecret(program.terminal, secret.opts()));
}
