import type { Command } from 'commander';
import { readConfig } from '../../config/config.ts';
import { checkDatabase, openDatabase, openPool } from '../../database/connect.ts';
import { migrateDown } from '../../migration/migrate.ts';
import { type DatabaseUpdate, updateDatabase } from '../../migration/update-database.ts';
import { AppError } from '../../errors.ts';
import { openLocalPostgres } from '../../local/postgres/postgres.ts';
import { openLog } from '../../log.ts';
import { type Options, printOutcome } from '../shared/command.ts';
import { describeStartupError, runDiagnostics } from './_doctor.ts';
import { LOCAL_HOME, openSession } from '../shared/session.ts';

export function addOperatingCommands(program: Command): void {
  const migrate = program
    .command('migrate')
    .description('bring the tables up to date')
    .option('--down', 'roll back the newest migration')
    .option('--json', 'print one JSON document');
  migrate.action(() => runMigrations(migrate.opts<Options>()));
  const doctor = program
    .command('doctor')
    .description('check for problems that would prevent sending')
    .option('--json', 'print one JSON document');
  doctor.action(() => runDoctor(doctor.opts<Options>()));
}

/** An unusable database is reported as a finding, not thrown. */
async function runDoctor(options: Options): Promise<void> {
  const session = await openSession({}).catch((error: unknown) => {
    if (!(error instanceof AppError)) {
      throw error;
    }
    printOutcome(options, describeStartupError(error));
  });
  if (session) {
    try {
      printOutcome(options, await runDiagnostics(session));
    } finally {
      await session.close();
    }
  }
}

async function runMigrations(options: Options): Promise<void> {
  const config = readConfig(process.env);
  const postgres = config.databaseUrl ? undefined : await openLocalPostgres(LOCAL_HOME);
  const databaseUrl = postgres?.url ?? config.databaseUrl ?? '';
  try {
    if (options.down) {
      const names = await rollBack(databaseUrl);
      printOutcome(options, {
        json: { migrations: names },
        text: `Rolled back: ${names.join(', ') || 'nothing'}.`,
      });
    } else {
      const update = await updateDatabase(databaseUrl, openLog(config.logLevel));
      printOutcome(options, { json: update, text: describeUpdate(update) });
    }
  } finally {
    postgres?.close();
  }
}

async function rollBack(databaseUrl: string): Promise<string[]> {
  await checkDatabase(databaseUrl);
  const db = openDatabase(openPool(databaseUrl, 2));
  return migrateDown(db).finally(() => db.destroy());
}

function describeUpdate({ migrations, queues }: DatabaseUpdate): string {
  const lines = [
    ...(migrations.length > 0 ? [`Applied: ${migrations.join(', ')}`] : []),
    ...(queues.length > 0 ? [`Queues with new settings: ${queues.join(', ')}`] : []),
  ];
  return lines.join('\n') || 'Nothing to do.';
}
