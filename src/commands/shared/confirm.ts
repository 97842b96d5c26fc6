import { createInterface } from 'node:readline/promises';
import { AppError } from '../../errors.ts';
import type { Options } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Asks for consent to something that cannot be undone; scripts pass `--yes`. Throws `refused` without consent. */
export async function confirm(
  { stdin, stderr }: Terminal,
  { yes, json }: Options,
  what: string,
): Promise<void> {
  if (yes) {
    return;
  }
  if (json || !stdin.isTTY || !stderr.isTTY) {
    throw new AppError('refused', `${what} Add --yes to do it.`);
  }
  const terminal = createInterface({ input: stdin, output: stderr });
  const answer = await terminal.question(`${what} Continue? [y/N] `).finally(() => terminal.close());
  if (!/^y(?:es)?$/i.test(answer.trim())) {
    throw new AppError('refused', 'Nothing was done.');
  }
}
