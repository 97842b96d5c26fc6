import { AppError } from '../../errors.ts';
import type { Session, SessionNeeds } from './session.ts';
import type { Terminal, TerminalCommand } from './terminal.ts';

/** A command's output: one JSON document, or the same as text for people. */
export interface CommandResult {
  json: unknown;
  text: string;
  /** 1 when part of the request failed. */
  exitCode?: 0 | 1;
}

/** Output of any length, printed piece by piece as it is produced. */
export interface StreamedResult {
  pieces: AsyncIterable<Uint8Array>;
}

export type Options = Record<string, string | boolean | undefined>;

export type Run = (
  session: Session,
  options: Options,
  args: string[],
) => Promise<CommandResult | StreamedResult>;

/**
 * Adds a command that runs in its own session; `usage` is its name and arguments. `load` imports what it runs, so that
 * help and the other commands do not load it.
 */
export function addCommand(
  parent: TerminalCommand,
  usage: string,
  description: string,
  load: () => Promise<Run>,
  needs: SessionNeeds = {},
): TerminalCommand {
  const command = parent.command(usage).description(description).option('--json', 'print one JSON document');
  return command.action(async () => {
    const options = command.opts<Options>();
    const [{ openSession }, run] = await Promise.all([import('./session.ts'), load()]);
    const session = await openSession(parent.terminal, needs);
    try {
      const outcome = await run(session, options, command.args);
      if ('pieces' in outcome) {
        await printPieces(parent.terminal, outcome.pieces);
      } else {
        await printOutcome(parent.terminal, options, outcome);
      }
    } finally {
      await session.close();
    }
  });
}

/** Throws `unavailable` if standard output accepts nothing, for example because the disk is full. */
export async function printOutcome(
  terminal: Terminal,
  options: Options,
  { json, text, exitCode = 0 }: CommandResult,
): Promise<void> {
  await print(terminal, `${options.json ? JSON.stringify(json) : text}\n`);
  terminal.exitCode = exitCode;
}

/**
 * Resolves once standard output has accepted everything, however slowly it is read. A reader that has seen enough, such
 * as `head`, closes it: that is a success. Throws `unavailable` if writing fails for any other reason.
 */
async function printPieces(terminal: Terminal, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) {
    if (!(await print(terminal, piece))) {
      return;
    }
  }
}

/** False if the reader of standard output has closed it. */
async function print({ stdout }: Terminal, piece: Uint8Array | string): Promise<boolean> {
  const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    // After a failed write the stream also emits the error, later than the callback; without a listener it would end
    // the process.
    stdout.once('error', resolve);
    stdout.write(piece, (error) => {
      if (!error) {
        stdout.off('error', resolve);
      }
      resolve(error);
    });
  });
  if (error && error.code !== 'EPIPE') {
    throw new AppError(
      'unavailable',
      `Standard output could not be written (${error.code}): the output is not complete.`,
    );
  }
  return !error;
}

/** The value of an option that takes one; undefined when it was not given. */
export function textOf(value: Options[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
