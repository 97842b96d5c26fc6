import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { countOf } from '../../count-of.ts';
import { limitHeapGrowth } from '../../concurrency/limit-heap.ts';
import { AppError } from '../../errors.ts';
import {
  exportSubscribers,
  exportSubscribersAsJson,
  exportSubscribersAsJsonLines,
} from '../../subscribers/transfer/export.ts';
import {
  type FileFacts,
  type ImportReport,
  importSubscribers,
  MEANINGS,
} from '../../subscribers/transfer/import.ts';
import { listRefusedRecords } from '../../subscribers/transfer/refused-lines.ts';
import { recordCommand } from '../shared/audited-change.ts';
import { type Options, type CommandResult, type StreamedResult, textOf } from '../shared/command.ts';
import type { Session } from '../shared/session.ts';

export async function importFile(
  { context }: Session,
  options: Options,
  [file = '']: string[],
): Promise<CommandResult> {
  await requireFile(file);
  const target = textOf(options.refused) ?? file.replace(/(\.\w+)?$/, '.refused.csv');
  const facts = readFacts(options);
  const isNew = await requireWritable(target, file);
  const removeNew = () => (isNew ? rm(target) : undefined);
  const isDryRun = options.dryRun === true;
  limitHeapGrowth(60);
  const report = await importSubscribers(context.pool, createReadStream(file), {
    now: context.now(),
    dryRun: isDryRun,
    facts,
  }).catch(async (error: unknown) => {
    await removeNew();
    throw error;
  });
  const { added, unchanged, stopped, refused } = report;
  if (!isDryRun) {
    await recordCommand(context, 'import readers', {
      added: String(added),
      unchanged: String(unchanged),
      stopped: String(stopped),
      refused: String(refused.length),
    });
  }
  if (refused.length > 0) {
    await writeRefused(file, target, report);
  } else {
    await removeNew();
  }
  const refusedFile = refused.length > 0 ? target : undefined;
  return {
    json: { ...report, ...(refusedFile ? { refused_file: refusedFile } : {}) },
    text: [
      `${added} added, ${unchanged} unchanged, ${refused.length} refused${isDryRun ? '; nothing was written: this was a dry run' : ''}`,
      ...describeFile(report),
      ...listReasons(refused),
      ...(refusedFile ? [`The refused lines are in ${refusedFile}, with the reasons.`] : []),
    ].join('\n'),
    exitCode: refused.length > 0 ? 1 : 0,
  };
}

const MAX_LISTED = 20;

function readFacts({ consentSource, confirmed, status, map }: Options): FileFacts {
  const meaning = MEANINGS.find((name) => name === status);
  if (status !== undefined && !meaning) {
    throw new AppError('invalid_input', `--status must be one of ${MEANINGS.join(', ')}.`);
  }
  return {
    consent_source: textOf(consentSource),
    confirmed_at: textOf(confirmed),
    status: meaning,
    map: map === undefined ? undefined : readMap(String(map)),
  };
}

/** `email=Mail,confirmed_at=Joined` */
function readMap(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
  if (pairs.some(([ours, theirs, ...rest]) => !ours || !theirs || rest.length > 0)) {
    throw new AppError(
      'invalid_input',
      '--map must be a list like email=Mail,confirmed_at=Joined: our column, then the column of the file.',
    );
  }
  return Object.fromEntries(pairs as [string, string][]);
}

function describeFile({
  format,
  encoding,
  delimiter,
  by_meaning,
  stopped,
  ignored,
  unknown_statuses,
}: ImportReport): string[] {
  const separator = { ',': 'comma', ';': 'semicolon', '\t': 'tab' }[delimiter ?? ','];
  const kept = Object.entries(by_meaning).filter(([meaning]) => meaning !== 'active');
  return [
    `Read as ${format}: ${encoding}, ${delimiter === undefined ? 'JSON Lines' : `with a ${separator} between fields`}; times without a zone are UTC.`,
    ...kept.map(([meaning, number]) => `${number} kept as ${meaning}: they get no mail.`),
    ...(unknown_statuses.length > 0
      ? [
          `Not known as a status, so kept as unsubscribed: ${unknown_statuses.map((word) => `“${word}”`).join(', ')}`,
        ]
      : []),
    ...(stopped > 0
      ? [
          `${countOf(stopped, 'active or pending reader')} left elsewhere, and ${stopped === 1 ? 'is' : 'are'} stopped.`,
        ]
      : []),
    ...(ignored.length > 0
      ? [`Not read, ${countOf(ignored.length, 'column')}: ${ignored.slice(0, 10).join(', ')}`]
      : []),
  ];
}

/** The number of lines for each reason, then the first lines. */
function listReasons(refused: ImportReport['refused']): string[] {
  const byReason = Map.groupBy(refused, ({ problem }) => problem.replaceAll(/“[^”]*”|\d+/g, '…'));
  const counts = [...byReason.values()].filter((lines) => lines.length > 1 && refused.length > MAX_LISTED);
  return [
    ...counts.map((lines) => `${countOf(lines.length, 'line')}: ${lines[0]!.problem}`),
    ...refused.slice(0, MAX_LISTED).map(({ line, problem }) => `line ${line}: ${problem}`),
    ...(refused.length > MAX_LISTED ? [`… and ${refused.length - MAX_LISTED} more`] : []),
  ];
}

async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) {
    throw new AppError('invalid_input', `${file}: ${found ? 'not a file' : 'no such file'}.`);
  }
}

/**
 * Runs before anything is imported, so that the refused lines cannot be lost afterwards. Returns whether the file is
 * new.
 */
async function requireWritable(target: string, file: string): Promise<boolean> {
  const [existing, source] = await Promise.all([stat(target).catch(() => undefined), stat(file)]);
  if (existing?.ino === source.ino && existing.dev === source.dev) {
    throw new AppError(
      'invalid_input',
      '--refused names the file that is imported; name another one. Nothing was changed.',
    );
  }
  try {
    // Only its owner may read it, because it contains addresses.
    await (await open(target, 'a', 0o600)).close();
  } catch (error) {
    throw new AppError(
      'invalid_input',
      `${target} cannot be written (${(error as NodeJS.ErrnoException).code}); name another file with --refused. Nothing was changed.`,
    );
  }
  return existing === undefined;
}

async function writeRefused(file: string, target: string, { refused }: ImportReport): Promise<void> {
  const csv = stringify({ record_delimiter: 'windows', escape_formulas: true, quoted_match: /[\r\n]/ });
  await pipeline(
    Readable.from(listRefusedRecords(createReadStream(file), refused)),
    csv,
    createWriteStream(target),
  );
}

/** As CSV, with --jsonl as JSON Lines, or with --json as one array of rows. */
export async function exportAll({ context }: Session, options: Options): Promise<StreamedResult> {
  await recordCommand(context, 'export readers');
  const { pool } = context;
  if (options.jsonl === true) {
    return { pieces: exportSubscribersAsJsonLines(pool) };
  }
  return { pieces: options.json ? exportSubscribersAsJson(pool) : exportSubscribers(pool) };
}
