import { readConfig } from '../../config/config.ts';
import { checkDatabase, openDatabase, openPool } from '../../database/connect.ts';
import { waitForDatabase } from '../../migration/wait-for-database.ts';
import { migrateDown } from '../../migration/migrate.ts';
import { type DatabaseUpdate, updateDatabase } from '../../migration/update-database.ts';
import { openLocalPostgres } from '../../local/postgres/postgres.ts';
import { openLog } from '../../log.ts';
import { type Options, printOutcome } from '../shared/command.ts';
import { LOCAL_HOME } from '../shared/session.ts';
import type { Terminal } from '../shared/terminal.ts';

export async function runMigrations(terminal: Terminal, options: Options): Promise<void> {
  const config = readConfig(terminal.env);
  const postgres = config.databaseUrl ? undefined : await openLocalPostgres(LOCAL_HOME);
  const databaseUrl = postgres?.url ?? config.databaseUrl ?? '';
  try {
    if (options.down) {
      const names = await rollBack(databaseUrl);
      await printOutcome(terminal, options, {
        json: { migrations: names },
        text: `Rolled back: ${names.join(', ') || 'nothing'}.`,
      });
    } else {
      await (options.wait &&
        waitForDatabase(databaseUrl, (message) => terminal.stderr.write(`${message}\n`)));
      const update = await updateDatabase(
        databaseUrl,
        openLog(config.logLevel, terminal.stderr),
        config.databaseRoles,
      );
      await printOutcome(terminal, options, { json: update, text: describeUpdate(update) });
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
