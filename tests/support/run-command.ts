import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCommandLine } from '../../src/commands/command-line.ts';
import type { Terminal } from '../../src/commands/shared/terminal.ts';

interface Result {
  code: number | string;
  stdout: string;
  stderr: string;
}

/**
 * Runs the command line in this process, for tests about what a command does: it takes a tenth of the time that
 * `runVerdicts` takes to start a process. Only `start`, which ends its process, gets one of its own. Only the settings in
 * `env` are set.
 */
export async function runCommand(args: string[], env: Record<string, string> = {}): Promise<Result> {
  if (args[0] === 'start') {
    return (await import('./run-verdicts.ts')).runVerdicts(args, env);
  }
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const printed = Promise.all([text(stdout), text(stderr)]);
  const terminal: Terminal = { env: { LOG_LEVEL: 'warn', ...env }, stdin, stdout, stderr };
  await runCommandLine(['node', 'verdicts', ...args], terminal);
  // What a failed command has left open may still log.
  stderr.on('error', () => undefined);
  stdout.end();
  stderr.end();
  const [out, err] = await printed;
  return { code: Number(terminal.exitCode ?? 0), stdout: out, stderr: err };
}
