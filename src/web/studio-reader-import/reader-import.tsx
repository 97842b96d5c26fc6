import { describeTime } from '../../week.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { exportSubscribers } from '../../subscribers/transfer/export.ts';
import { recordAudit } from '../../audit/audit-log.ts';
import {
  confirmUpload,
  findUpload,
  storeUpload,
  type UploadedImport,
} from '../../subscribers/transfer/uploaded-import.ts';
import { LIST_COLUMNS } from '../../subscribers/parse/columns.ts';
import { type FileFacts, MEANINGS } from '../../subscribers/transfer/import.ts';
import { Progress, Report, TITLES } from './_import-report.tsx';
import { UploadForm } from './_upload-form.tsx';
import { type PageContext, showFrame, showPage } from '../layout/page.tsx';
import { readForm } from '../request/read-form.ts';
import { actorOf } from '../studio-shared/actor.tsx';
import { showCsv } from '../studio-shared/show-csv.ts';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { WatchedPlace } from '../studio-watch/watched-place.tsx';
import { watchEvents } from '../studio-watch/watch-events.ts';
import { WATCH_SCRIPT_PATH } from '../studio-watch/watch-script.ts';

/** Larger ones are imported on the command line, which does not hold them in memory. */
export const MAX_LIST_BYTES = 32 * 1024 * 1024;
const MAX_LISTED = 20;
const INTERVAL_MS = 500;
const MAX_TEXT = 200;

/** The form to upload a list, and the lists of the last days. */
export async function readerImportPage(c: PageContext) {
  const uploads = await c
    .get('context')
    .db.selectFrom('reader_imports')
    .select(['id', 'file_name', 'status', 'created_at', 'actor'])
    .orderBy('id', 'desc')
    .limit(MAX_LISTED)
    .execute();
  const like = c.req.query('like') ?? '';
  const earlier = /^\d{1,15}$/.test(like) ? await findUpload(c.get('context'), Number(like)) : undefined;
  return showForm(c, uploads, { facts: (earlier?.facts ?? {}) as FileFacts });
}

export async function uploadReaders(c: PageContext) {
  const form = await readForm(c);
  const { file, consent_source, confirmed_at, status } = form;
  const map = Object.fromEntries(
    LIST_COLUMNS.flatMap((column) => {
      const theirs = textOf(form[`column:${column}`]);
      return theirs === undefined ? [] : [[column, theirs]];
    }),
  );
  const facts = {
    consent_source: textOf(consent_source),
    confirmed_at: textOf(confirmed_at),
    status: MEANINGS.find((meaning) => meaning === status),
    map: Object.keys(map).length > 0 ? map : undefined,
  };
  if (!(file instanceof File) || file.size === 0) {
    return showForm(c, [], { facts, problem: 'Choose a file with a header line and at least one reader.' });
  }
  const id = await storeUpload(c.get('context'), {
    name: file.name,
    bytes: Buffer.from(await file.arrayBuffer()),
    by: actorOf(c),
    facts,
  });
  return c.redirect(`/studio/imports/${id}`, 303);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, MAX_TEXT) : undefined;
}

/** What the import of a list would do or has done; updates itself while a worker is busy with it. */
export async function readerImport(c: PageContext) {
  const upload = await find(c);
  if (!upload) {
    return c.notFound();
  }
  const { id, status, file_name, actor, created_at } = upload;
  const isBusy = status === 'checking' || status === 'importing';
  const children = (
    <>
      <StudioNav current="Readers" />
      <p className="kicker">
        {file_name}, uploaded {describeTime(created_at)} by {actor}
      </p>
      <h1>{TITLES[status]}</h1>
      {isBusy ? (
        <WatchedPlace
          page={`/studio/imports/${id}`}
          status={status}
          name="Progress"
          followsInFrame
          progress={<Progress upload={upload} />}
        />
      ) : (
        <Report upload={upload} />
      )}
    </>
  );
  return showPage(c, { title: TITLES[status], children, scripts: isBusy ? [WATCH_SCRIPT_PATH] : [] });
}

export async function confirmReaderImport(c: PageContext) {
  const upload = await find(c);
  if (!upload) {
    return c.notFound();
  }
  await confirmUpload(c.get('context'), upload.id, actorOf(c).name);
  return c.redirect(`/studio/imports/${upload.id}`, 303);
}

export async function readerImportEvents(c: PageContext) {
  return (await find(c))
    ? watchEvents(c, async () => {
        const upload = await find(c);
        const html = upload ? renderToStaticMarkup(<Progress upload={upload} />) : '';
        return { status: upload?.status ?? 'gone', parts: { progress: html }, interval_ms: INTERVAL_MS };
      })
    : c.notFound();
}

export async function readerImportFrame(c: PageContext) {
  const upload = await find(c);
  if (!upload) {
    return c.notFound();
  }
  const isBusy = upload.status === 'checking' || upload.status === 'importing';
  const children = isBusy ? (
    <Progress upload={upload} />
  ) : (
    <p>
      <a href={`/studio/imports/${upload.id}`} target="_top">
        {TITLES[upload.status]}: see it
      </a>
    </p>
  );
  return showFrame(c, { title: 'Progress', children, refreshAfter: isBusy ? 1 : undefined });
}

/** The lines that are refused, with the reasons, as far as they are kept. */
export async function refusedLines(c: PageContext) {
  const upload = await find(c);
  return upload
    ? showCsv(
        c,
        `refused-${upload.id}.csv`,
        upload.problems.map(({ line, problem }) => ({ line, problem })),
      )
    : c.notFound();
}

/** All readers as CSV, as `verdicts subscribers export` writes them. */
export async function exportReaders(c: PageContext) {
  const context = c.get('context');
  await recordAudit(context, actorOf(c), { action: 'export readers' });
  const body = ReadableStream.from(exportSubscribers(context.pool));
  return c.body(body, 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': 'attachment; filename="readers.csv"',
  });
}

function find(c: PageContext): Promise<UploadedImport | undefined> {
  const id = c.req.param('id') ?? '';
  return /^\d{1,15}$/.test(id) ? findUpload(c.get('context'), Number(id)) : Promise.resolve(undefined);
}

type Listed = Pick<UploadedImport, 'id' | 'file_name' | 'status' | 'created_at' | 'actor'>;

function showForm(
  c: PageContext,
  uploads: readonly Listed[],
  { facts, problem }: { facts: FileFacts; problem?: string },
) {
  const children = (
    <>
      <StudioNav current="Readers" />
      <h1>Import readers</h1>
      {problem ? (
        <p className="problem" role="alert">
          {problem}
        </p>
      ) : null}
      <UploadForm maxMegabytes={MAX_LIST_BYTES / 1024 / 1024} facts={facts} />
      {uploads.length > 0 ? <h2>From the last few days</h2> : null}
      <ul className="plain">
        {uploads.map(({ id, file_name, status, created_at, actor }) => (
          <li key={id}>
            <a href={`/studio/imports/${id}`}>{file_name}</a>{' '}
            <span className="quiet">
              {TITLES[status]}, {describeTime(created_at)}, {actor}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
  return showPage(c, { title: 'Import readers', children }, problem ? 400 : 200);
}
