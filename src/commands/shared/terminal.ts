import { Command } from 'commander';

/** What a command uses of the process that runs it. Several commands can run in one process, each with its own. */
export interface Terminal {
  env: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
  exitCode?: NodeJS.Process['exitCode'];
}

/** A command that knows its terminal, which is that of its subcommands too. */
export class TerminalCommand extends Command {
  readonly terminal: Terminal;

  constructor(terminal: Terminal, name?: string) {
    super(name);
    this.terminal = terminal;
  }

  override createCommand(name?: string): TerminalCommand {
    return new TerminalCommand(this.terminal, name);
  }
}
