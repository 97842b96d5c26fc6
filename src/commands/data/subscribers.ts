import type { Command } from 'commander';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { AppError } from '../../errors.ts';
import { forgetDeliveries } from '../../sending/settle/forget-deliveries.ts';
import { addSubscriber } from '../../subscribers/join/add.ts';
import { readInstant } from '../../subscribers/join/consent.ts';
import { exportSubscribers } from '../../subscribers/transfer/export.ts';
import { forgetSubscriber } from '../../subscribers/leave/forget.ts';
import { importSubscribers } from '../../subscribers/transfer/import.ts';
import { showSubscriber } from '../../subscribers/stay/show.ts';
import { forgetVoter } from '../../votes/close/forget-voter.ts';
import { addCommand, type Options, type Outcome, table } from '../shared/command.ts';
import { openSession, type Session } from '../shared/session.ts';

export function addSubscriberCommands(program: Command): void {
  const subscribers = program.command('subscribers').description('the readers of the newsletter');
  addCommand(subscribers, 'add <email>', 'add a reader who gave consent elsewhere', add)
    .option('--source <words>', 'where they gave consent', 'added by staff')
    .option('--confirmed <time>', 'when they gave consent, such as 2026-11-17T09:00:00Z (default: now)');
  addCommand(
    subscribers,
    'import <file>',
    'import readers from a CSV file: email,consent_source,confirmed_at[,categories][,engaged_at]',
    importFile,
  ).option('--dry-run', 'check and report, write nothing');
  addExport(subscribers);
  addCommand(
    subscribers,
    'show <email>',
    'show all data stored about one reader',
    async ({ context }, _, [email = '']) => {
      const subscriber = await showSubscriber(context.db, email);
      const { deliveries, address_changes, ...facts } = subscriber;
      const rows = Object.entries(facts).map(([name, value]) => [name, describe(value)]);
      const addressChanges = address_changes.map(({ email, requested_at, confirmed_at }) => [
        'requested address change',
        `${describe(requested_at)} ${email}${confirmed_at ? ', confirmed' : ''}`,
      ]);
      const sent = deliveries.map(({ week, status, reason }) => [week, status, reason ?? '']);
      return {
        json: subscriber,
        text: [
          table([...rows, ...addressChanges]),
          '',
          sent.length > 0 ? table(sent) : 'No issues yet.',
        ].join('\n'),
      };
    },
  );
  addCommand(
    subscribers,
    'forget <email>',
    'erase one reader; only a hash is kept, to block re-imports',
    async ({ context }, _, [email = '']) => {
      await context.db.transaction().execute(async (tx) => {
        const { id } = await forgetSubscriber(tx, email, context.now());
        await forgetDeliveries(tx, id);
        await forgetVoter(tx, context.installation, id);
      });
      return { json: { forgotten: 1 }, text: 'Erased.' };
    },
  );
}

async function add({ context }: Session, options: Options, [email = '']: string[]): Promise<Outcome> {
  const now = context.now();
  const confirmed_at = typeof options.confirmed === 'string' ? readInstant(options.confirmed) : now;
  const result = await addSubscriber(
    context.db,
    { email, consent_source: String(options.source), confirmed_at },
    now,
  );
  return { json: { result }, text: result === 'unchanged' ? 'They are already a subscriber.' : 'Added.' };
}

async function importFile({ context }: Session, options: Options, [file = '']: string[]): Promise<Outcome> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) {
    throw new AppError('invalid_input', `${file}: no such file.`);
  }
  const isDryRun = options.dryRun === true;
  const report = await importSubscribers(context.db, createReadStream(file), {
    now: context.now(),
    dryRun: isDryRun,
  });
  const { added, unchanged, refused } = report;
  return {
    json: report,
    text: [
      `${added} added, ${unchanged} unchanged, ${refused.length} refused${isDryRun ? '; nothing was written: this was a dry run' : ''}`,
      ...refused.map(({ line, problem }) => `line ${line}: ${problem}`),
    ].join('\n'),
    exitCode: refused.length > 0 ? 1 : 0,
  };
}

/** Streams the export, so any size works: as CSV, or with --json as one array of rows. */
function addExport(subscribers: Command): void {
  const command = subscribers
    .command('export')
    .description('write all subscribers to standard output as CSV')
    .option('--json', 'print one JSON document');
  command.action(async () => {
    const session = await openSession({});
    try {
      const lines = exportSubscribers(session.context.db);
      await (command.opts().json ? printJson(lines) : printLines(lines));
    } finally {
      await session.close();
    }
  });
}

async function printLines(lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) {
    await write(line);
  }
}

async function printJson(lines: AsyncIterable<string>): Promise<void> {
  const { parse } = await import('csv-parse');
  let separator = '[';
  // compose passes an error of either side on to this loop.
  for await (const row of Readable.from(lines).compose(parse({ columns: true }))) {
    await write(`${separator}${JSON.stringify(row)}`);
    separator = ',';
  }
  await write(separator === '[' ? '[]\n' : ']\n');
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) {
    await once(process.stdout, 'drain');
  }
}

function describe(value: string | number | Date | string[] | null): string {
  if (value instanceof Date) {
    return value.toISOString();
  }
  return Array.isArray(value) ? value.join(', ') : (value?.toString() ?? '—');
}
