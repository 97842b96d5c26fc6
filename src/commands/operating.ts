import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { checkDatabase, migrateDown, migrateUp, openDatabase, openPool } from '../database.ts';
import { openLocalPostgres } from '../local/postgres.ts';
import { openLog } from '../log.ts';
import { openQueue } from '../queue.ts';
import { addCommand, type Options, printOutcome } from './command.ts';
import { examine } from './doctor.ts';
import { LOCAL_HOME } from './session.ts';

export function addOperatingCommands(program: Command): void {
  const migrate = program
    .command('migrate')
    .description('bring the tables up to date')
    .option('--down', 'take the newest migration back')
    .option('--json', 'print one JSON document');
  migrate.action(() => runMigrations(migrate.opts<Options>()));
  addCommand(program, 'doctor', 'look for what would keep an issue from being sent', examine);
}

async function runMigrations(options: Options): Promise<void> {
  const config = readConfig(process.env);
  const postgres = config.databaseUrl ? undefined : await openLocalPostgres(LOCAL_HOME);
  const databaseUrl = postgres?.url ?? config.databaseUrl ?? '';
  await checkDatabase(databaseUrl);
  const db = openDatabase(openPool(databaseUrl, 2));
  try {
    const names = options.down ? await migrateDown(db) : await migrateUp(db);
    if (!options.down) {
      await (await openQueue(databaseUrl, openLog(config.logLevel))).stop({ graceful: false });
    }
    const verb = options.down ? 'Taken back' : 'Applied';
    printOutcome(options, {
      json: { migrations: names },
      text: names.length > 0 ? `${verb}: ${names.join(', ')}` : 'Nothing to do.',
    });
  } finally {
    await db.destroy();
    postgres?.close();
  }
}
