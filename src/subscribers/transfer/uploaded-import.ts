import { Readable } from 'node:stream';
import type { Updateable } from 'kysely';
import type { Actor } from '../../audit/audit-log.ts';
import { recordAudit } from '../../audit/audit-log.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import type { Database, Row } from '../../database/schema.ts';
import { AppError, messageOf } from '../../errors.ts';
import { enqueue } from '../../queue/queue.ts';
import { type FileFacts, type ImportReport, importSubscribers } from './import.ts';

export type UploadedImport = Row<'reader_imports'>;

const CHUNK_BYTES = 1024 * 1024;
/** As a file; a page lists the first of them. */
const MAX_PROBLEMS = 20_000;
/** The share of the time that it takes to read the file; the rest is spent on validating and inserting. */
const READING_SHARE = 0.6;
/** How long a file that nobody imports is kept, and the report of one that was imported. */
const KEEP_MS = 7 * 86_400_000;

/** Stores the file and has a worker check it; nothing is imported yet. Returns its id. */
export async function storeUpload(
  { db, boss, now }: Context,
  { name, bytes, by, facts }: { name: string; bytes: Buffer; by: Actor; facts: FileFacts },
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { id } = await tx
      .insertInto('reader_imports')
      .values({
        created_at: now(),
        actor: by.name,
        file_name: name.replaceAll(/\p{Cc}/gu, '').slice(0, 200),
        bytes: bytes.length,
        status: 'checking',
        facts: JSON.stringify(facts),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    for (let position = 0; position * CHUNK_BYTES < bytes.length; position += 1) {
      const part = bytes.subarray(position * CHUNK_BYTES, (position + 1) * CHUNK_BYTES);
      await tx.insertInto('reader_import_chunks').values({ import_id: id, position, bytes: part }).execute();
    }
    await enqueue(boss, tx, 'import-readers', [{ key: `${id} check`, data: { import_id: id } }]);
    return id;
  });
}

/**
 * Has a worker import a file that has been checked, in the name of `actor`, who confirms it. Throws `refused` for any
 * other file.
 */
export async function confirmUpload({ db, boss }: Context, id: number, actor: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const confirmed = await tx
      .updateTable('reader_imports')
      .set({ status: 'importing', progress: 0, actor })
      .where('id', '=', id)
      .where('status', '=', 'checked')
      .returning('id')
      .executeTakeFirst();
    if (!confirmed) {
      throw new AppError('refused', 'This file is not waiting to be imported.');
    }
    await enqueue(boss, tx, 'import-readers', [{ key: `${id} write`, data: { import_id: id } }]);
  });
}

export function findUpload({ db }: Context, id: number): Promise<UploadedImport | undefined> {
  return db.selectFrom('reader_imports').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The worker's part: checks the file or imports it, depending on its status. */
export async function processUpload(context: Context, id: number): Promise<void> {
  const { db, pool, now } = context;
  const upload = await findUpload(context, id);
  if (!upload || (upload.status !== 'checking' && upload.status !== 'importing')) {
    return;
  }
  const dryRun = upload.status === 'checking';
  const chunks = readChunks(context, upload);
  // The import holds a connection, so if there is only one, the file has to be read beforehand.
  const stream = Readable.from(pool.options.max > 1 ? chunks : await Array.fromAsync(chunks));
  try {
    await importSubscribers(pool, stream, {
      now: now(),
      dryRun,
      facts: upload.facts as FileFacts,
      // In the transaction of the import: a worker that dies leaves neither the import nor its report.
      onFinished: async (tx, report) => {
        const status = dryRun ? 'checked' : 'done';
        if (!(await finish(tx, upload, { status, progress: 1, ...columnsOf(report) }))) {
          throw new FinishedElsewhere();
        }
        if (!dryRun) {
          await tx.deleteFrom('reader_import_chunks').where('import_id', '=', id).execute();
          const request = { added: String(report.added), refused: String(report.refused.length) };
          const by = { name: upload.actor, via: 'studio' } as const;
          await recordAudit({ db: tx, now }, by, { action: 'import readers', request });
        }
      },
    });
  } catch (error) {
    if (error instanceof FinishedElsewhere) {
      return;
    }
    if (!(error instanceof AppError) && !isDataError(error)) {
      throw error;
    }
    const more = error instanceof AppError ? error.problems : [];
    const problems = [messageOf(error), ...more].map((problem) => ({ line: 0, problem }));
    await db.transaction().execute(async (tx) => {
      if (await finish(tx, upload, { status: 'failed', problems: JSON.stringify(problems) })) {
        await tx.deleteFrom('reader_import_chunks').where('import_id', '=', id).execute();
      }
    });
  }
}

/** Another worker, which seemed to be dead, has finished the same file. */
class FinishedElsewhere extends Error {}

/** False if the file no longer has the status that it had when this worker began. */
async function finish(
  tx: Tx,
  { id, status }: UploadedImport,
  outcome: Updateable<Database['reader_imports']>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('reader_imports')
    .set(outcome)
    .where('id', '=', id)
    .where('status', '=', status)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Deletes files and reports that have served their purpose. */
export async function deleteOldUploads({ db, now }: Context): Promise<void> {
  await db
    .deleteFrom('reader_imports')
    .where('created_at', '<', new Date(now().getTime() - KEEP_MS))
    .execute();
}

function columnsOf({ added, unchanged, refused, ...rest }: ImportReport) {
  const { format, encoding, stopped, by_meaning, ignored, unknown_statuses } = rest;
  return {
    added,
    unchanged,
    refused: refused.length,
    problems: jsonOf(refused.slice(0, MAX_PROBLEMS)),
    found: jsonOf({ format, encoding, stopped, by_meaning, ignored, unknown_statuses }),
  };
}

/** PostgreSQL's JSON cannot contain NUL, but text quoted from a file may. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll(String.raw`\u0000`, '');
}

async function* readChunks({ db }: Context, { id, bytes }: UploadedImport): AsyncGenerator<Buffer> {
  for (let position = 0; position * CHUNK_BYTES < bytes; position += 1) {
    const chunk = await db
      .selectFrom('reader_import_chunks')
      .select('bytes')
      .where('import_id', '=', id)
      .where('position', '=', position)
      .executeTakeFirstOrThrow();
    yield chunk.bytes;
    const progress = (READING_SHARE * Math.min(bytes, (position + 1) * CHUNK_BYTES)) / bytes;
    await db.updateTable('reader_imports').set({ progress }).where('id', '=', id).execute();
  }
}

/** Errors with which PostgreSQL rejects what the file says (SQLSTATE classes 22 and 23), and would each time. */
function isDataError(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^2[23]\w{3}$/.test(code);
}
