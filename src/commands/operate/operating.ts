import type { TerminalCommand } from '../shared/terminal.ts';
import { addCommand, type Options } from '../shared/command.ts';

export function addOperatingCommands(program: TerminalCommand): void {
  const migrate = program
    .command('migrate')
    .description('bring the tables up to date')
    .option('--down', 'roll back the newest migration')
    .option('--wait', 'wait for a PostgreSQL server that is starting, however long it takes')
    .option('--json', 'print one JSON document');
  migrate.action(async () =>
    (await import('./_migrate.ts')).runMigrations(program.terminal, migrate.opts<Options>()),
  );
  const doctor = program
    .command('doctor')
    .description('check for problems that would prevent sending')
    .option('--json', 'print one JSON document');
  doctor.action(async () =>
    (await import('./_doctor.ts')).runDoctor(program.terminal, doctor.opts<Options>()),
  );
  addCommand(
    program,
    'restored',
    'after a restore or failover: reconcile this database with Resend, then resume sending',
    async () => (await import('./_restored.ts')).restored,
    { sends: true },
  ).option('--as-copy', 'make this database a copy for testing, which never mails these readers');
}

export function addKeysCommands(program: TerminalCommand): void {
  const keys = program.command('keys').description('the secrets that sign links');
  const rotate = keys
    .command('rotate')
    .description('make a new LINK_SECRET; the old ones still verify links already sent')
    .option('--json', 'print one JSON document');
  rotate.action(async () =>
    (await import('./_rotate-keys.ts')).rotateKeys(program.terminal, rotate.opts<Options>()),
  );
}
