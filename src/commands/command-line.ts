import { CommanderError } from 'commander';
import { AppError, maskAddresses, messageOf } from '../errors.ts';
import { isOutage } from '../database/outage.ts';
import { addContentCommands } from './data/content.ts';
import { addIssueCommands } from './issue/issue.ts';
import { addKeysCommands, addOperatingCommands } from './operate/operating.ts';
import { addSendingCommands } from './issue/sending.ts';
import { addLaneCommands } from './operate/lanes.ts';
import { addWebhookCommands } from './operate/webhooks.ts';
import { addStartCommand } from './start/start.ts';
import { addSubscriberCommands } from './data/subscribers.ts';
import { addVotesCommands } from './data/votes.ts';
import { type Terminal, TerminalCommand } from './shared/terminal.ts';

/**
 * Exit codes: 0 done, 1 refused with a message on standard error, 2 invalid usage. Resolves with false after a failure, which may
 * have left handles open.
 */
export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal = process,
): Promise<boolean> {
  try {
    await createProgram(terminal).parseAsync([...argv]);
    return true;
  } catch (error) {
    terminal.exitCode = report(error, terminal);
    return false;
  }
}

export function createProgram(terminal: Terminal = process): TerminalCommand {
  const program = new TerminalCommand(terminal, 'verdicts')
    .description('The newsletter service of a site that compares AI tools two at a time.')
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .exitOverride()
    .showHelpAfterError('(run it with --help for usage)');
  addStartCommand(program);
  addOperatingCommands(program);
  addContentCommands(program);
  const issue = addIssueCommands(program);
  addSendingCommands(issue);
  addSubscriberCommands(program);
  addVotesCommands(program);
  addKeysCommands(program);
  addWebhookCommands(program);
  addLaneCommands(program);
  return program;
}

/** One sentence for the operator about an error of PostgreSQL or the connection to it; undefined for others. */
function describeDatabaseError(error: unknown): string | undefined {
  const { code, severity } = error as { code?: string; severity?: string };
  const isPostgresError = severity !== undefined && /^[0-9A-Z]{5}$/.test(code ?? '');
  return isPostgresError || isOutage(error)
    ? `PostgreSQL reported an error: ${maskAddresses(messageOf(error))}${code ? ` (${code})` : ''}.`
    : undefined;
}

function report(error: unknown, { stderr }: Terminal): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof AppError) {
    stderr.write([error.message, ...error.problems.map((problem) => `  ${problem}`), ''].join('\n'));
    return 1;
  }
  const databaseError = describeDatabaseError(error);
  if (databaseError) {
    stderr.write(`${databaseError}\n`);
    return 1;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  stderr.write(`${maskAddresses(stack ?? messageOf(error))}\n`);
  return 1;
}
