import { createHash } from 'node:crypto';
import { parseContent, type ContentDocument } from '../../comparisons/parse/read-content.ts';
import {
  type ContentChange,
  describeReport,
  type ImportResult,
} from '../../comparisons/store/import-content.ts';
import { AppError } from '../../errors.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readForm } from '../request/read-form.ts';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { applyContent, planContent, queryOf } from './_apply-content.ts';
import { Differences } from './_changes-view.tsx';

/** For the file, and for the form that confirms it, which contains it again. */
export const MAX_IMPORT_BYTES = 11 * 1024 * 1024;
const MAX_LISTED = 50;

export function importPage(c: PageContext) {
  return showImport(c, undefined);
}

/** Shows what a file would change. Once that is confirmed, the same content is sent again and written. */
export async function importFile(c: PageContext) {
  const { file, text, confirmed } = await readForm(c);
  const name = file instanceof File ? file.name : 'The file';
  try {
    const document =
      typeof text === 'string'
        ? parseContent(name, Buffer.from(text))
        : parseContent(name, file instanceof File ? Buffer.from(await file.arrayBuffer()) : Buffer.alloc(0));
    if (typeof confirmed === 'string') {
      return await confirmImport(c, document, confirmed);
    }
    return showPreview(c, document, await planContent(c, document));
  } catch (error) {
    if (error instanceof AppError) {
      return showImport(c, error);
    }
    throw error;
  }
}

/** Somebody else has changed the content since the page showed what the import would do. */
class StalePreview extends Error {}

async function confirmImport(c: PageContext, document: ContentDocument, confirmed: string) {
  const checkChanges = (changes: readonly ContentChange[]) => {
    if (hashOf(changes) !== confirmed) {
      throw new StalePreview();
    }
  };
  try {
    return c.redirect(`/studio/content?${queryOf(await applyContent(c, document, { checkChanges }))}`, 303);
  } catch (error) {
    if (error instanceof StalePreview) {
      return showPreview(c, document, await planContent(c, document), true);
    }
    throw error;
  }
}

function hashOf(changes: readonly ContentChange[]): string {
  return createHash('sha256').update(JSON.stringify(changes)).digest('hex');
}

function showImport(c: PageContext, problem: AppError | undefined) {
  const children = (
    <>
      <StudioNav current="Content" />
      <h1>Import content</h1>
      <p>
        A JSON file of reviewers, tools and comparisons, at most 10 MB. Nothing is written before you have
        seen what it would do. A tool keeps its picture unless the file has another as a <code>data:</code>{' '}
        URL; a file that names pictures in files of their own is imported with{' '}
        <code>verdicts content import</code>.
      </p>
      {problem ? (
        <div className="problem" role="alert">
          <p>{problem.message}</p>
          <ul>
            {problem.problems.slice(0, MAX_LISTED).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      ) : null}
      <form method="post" encType="multipart/form-data" className="row">
        <div className="grow">
          <label htmlFor="file">File</label>
          <input id="file" name="file" type="file" accept=".json,application/json" required />
        </div>
        <button type="submit">See what it would do</button>
      </form>
    </>
  );
  return showPage(c, { title: 'Import content', children }, problem ? 400 : 200);
}

function showPreview(c: PageContext, document: ContentDocument, plan: ImportResult, isStale = false) {
  const { changes } = plan;
  const children = (
    <>
      <StudioNav current="Content" />
      <h1>What it would do</h1>
      {isStale ? (
        <p className="problem" role="alert">
          Somebody changed the content meanwhile. Nothing was imported; this is what it would do now.
        </p>
      ) : null}
      <ul>
        {Object.entries(describeReport(plan)).map(([kind, words]) => (
          <li key={kind}>
            {kind}: {words}
          </li>
        ))}
      </ul>
      {changes.length === 0 ? (
        <p>Everything in the file is here already: there is nothing to import.</p>
      ) : (
        <form method="post" encType="multipart/form-data" className="row">
          <input type="hidden" name="confirmed" value={hashOf(changes)} />
          <textarea hidden readOnly name="text" value={JSON.stringify(document)} />
          <button type="submit">Import it</button>
          <a className="button plain" href="/studio/import/content">
            Choose another file
          </a>
        </form>
      )}
      {changes.slice(0, MAX_LISTED).map(({ kind, slug, before, after }) => (
        <section key={`${kind} ${slug}`} className="sheet">
          <h2>{slug}</h2>
          <Differences before={before} after={after} />
        </section>
      ))}
      {changes.length > MAX_LISTED ? <p>And {changes.length - MAX_LISTED} more.</p> : null}
    </>
  );
  return showPage(c, { title: 'What it would do', children }, isStale ? 409 : 200);
}
