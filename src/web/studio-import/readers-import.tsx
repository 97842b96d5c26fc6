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
import { Progress, Report, TITLES } from './_import-views.tsx';
import { type PageContext, readForm, showFrame, showPage } from '../layout/page.tsx';
import { actorOf } from '../studio-shared/actor.tsx';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { WatchedPlace } from '../studio-watch/watched-place.tsx';
import { watchEvents } from '../studio-watch/watch-events.ts';
import { WATCH_SCRIPT_PATH } from '../studio-watch/watch-script.ts';

/** Larger ones are imported on the command line, which does not hold them in memory. */
export const MAX_LIST_BYTES = 32 * 1024 * 1024;
const MAX_LISTED = 20;
const INTERVAL_MS = 500;

/** The form to upload a list, and the lists of the last days. */
export async function readersImportPage(c: PageContext) {
  const uploads = await c
    .get('context')
    .db.selectFrom('reader_imports')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(MAX_LISTED)
    .execute();
  return showForm(c, uploads, undefined);
}

export async function uploadReaders(c: PageContext) {
  const { file } = await readForm(c);
  if (!(file instanceof File) || file.size === 0) {
    return showForm(c, [], 'Choose a file with a header line and at least one reader.');
  }
  const id = await storeUpload(c.get('context'), {
    name: file.name,
    bytes: Buffer.from(await file.arrayBuffer()),
    by: actorOf(c),
  });
  return c.redirect(`/studio/imports/${id}`, 303);
}

/** What the import of a list would do or has done; follows by itself while a worker is busy with it. */
export async function readersImport(c: PageContext) {
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

export async function confirmReadersImport(c: PageContext) {
  const upload = await find(c);
  if (!upload) {
    return c.notFound();
  }
  await confirmUpload(c.get('context'), upload.id);
  return c.redirect(`/studio/imports/${upload.id}`, 303);
}

export async function readersImportEvents(c: PageContext) {
  return (await find(c))
    ? watchEvents(c, async () => {
        const upload = await find(c);
        const html = upload ? renderToStaticMarkup(<Progress upload={upload} />) : '';
        return { status: upload?.status ?? 'gone', parts: { progress: html }, interval_ms: INTERVAL_MS };
      })
    : c.notFound();
}

export async function readersImportFrame(c: PageContext) {
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

function showForm(c: PageContext, uploads: readonly UploadedImport[], problem: string | undefined) {
  const children = (
    <>
      <StudioNav current="Readers" />
      <h1>Import readers</h1>
      <p>
        A CSV file in UTF-8 with a header line: <code>email</code>, <code>consent_source</code> (where they
        gave consent), <code>confirmed_at</code> (when, such as 2026-01-02), and if you have them{' '}
        <code>categories</code> (separated by ;) and <code>engaged_at</code>. Nobody is added before you have
        seen what the import would do. Readers who left, bounced, complained or were erased are never
        reactivated.
      </p>
      {problem ? (
        <p className="problem" role="alert">
          {problem}
        </p>
      ) : null}
      <form method="post" encType="multipart/form-data" className="row">
        <div className="grow">
          <label htmlFor="file">File, at most {MAX_LIST_BYTES / 1024 / 1024} MB</label>
          <input id="file" name="file" type="file" accept=".csv,text/csv" required />
        </div>
        <button type="submit">See what it would do</button>
      </form>
      {uploads.length > 0 ? <h2>Of the last days</h2> : null}
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
