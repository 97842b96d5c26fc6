import { Command } from 'commander';
import { openSession, type Session, type SessionNeeds } from './session.ts';

/** What a command has to say: one JSON document, or the same for people. */
export interface Outcome {
  json: unknown;
  text: string;
  /** 1 when part of what was asked could not be done. */
  exitCode?: 0 | 1;
}

export type Options = Record<string, string | boolean | undefined>;

/** Adds a command that runs in a session of its own; `usage` is its name and arguments. */
export function addCommand(
  parent: Command,
  usage: string,
  description: string,
  act: (session: Session, options: Options, args: string[]) => Promise<Outcome>,
  needs: SessionNeeds = {},
): Command {
  const command = parent.command(usage).description(description).option('--json', 'print one JSON document');
  return command.action(async () => {
    const options = command.opts<Options>();
    const session = await openSession(needs);
    try {
      printOutcome(options, await act(session, options, command.args));
    } finally {
      await session.close();
    }
  });
}

export function printOutcome(options: Options, { json, text, exitCode = 0 }: Outcome): void {
  console.log(options.json ? JSON.stringify(json) : text);
  process.exitCode = exitCode;
}

/** Columns of text, aligned. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows.reduce<number[]>(
    (widths, row) => row.map((cell, index) => Math.max(widths[index] ?? 0, String(cell).length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, index) => String(cell).padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
