import { Option } from 'commander';
import type { TerminalCommand } from '../shared/terminal.ts';
import type { Options } from '../shared/command.ts';

export function addStartCommand(program: TerminalCommand): void {
  const command = program
    .command('start')
    .description('run everything in one process, or a single role')
    .addOption(new Option('--only <role>', 'run only this role').choices(['web', 'worker']))
    .option('--share-port', 'let several web processes share one PORT, to use several cores')
    .option('--empty', 'start without the demo; a loaded demo is set aside, not deleted')
    .option('--json', 'print one JSON document once it is running');
  command.action(async () => (await import('./_run-start.ts')).start(command.opts<Options>()));
}
