import { countOf } from '../../count-of.ts';
import type { UploadedImport } from '../../subscribers/transfer/uploaded-import.ts';

export const TITLES: Record<UploadedImport['status'], string> = {
  checking: 'Looking through the file',
  checked: 'What the import would do',
  importing: 'Importing',
  done: 'Imported',
  failed: 'This file cannot be imported',
};

export function Progress({ upload: { progress } }: { upload: UploadedImport }) {
  return (
    <>
      <label htmlFor="progress">{Math.round(progress * 100)} %</label>
      <progress id="progress" max={1} value={progress} />
    </>
  );
}

/** Others are in the file. */
const MAX_LISTED = 100;

export function Report({ upload }: { upload: UploadedImport }) {
  const { id, status, problems } = upload;
  const isDone = status === 'done';
  const again = `/studio/import/readers?like=${id}`;
  const isNothing = status === 'checked' && changesOf(upload) === 0;
  return (
    <>
      {status === 'failed' ? null : <Counts upload={upload} />}
      {isNothing ? <p>There is nobody in it to add, or to keep from being mailed.</p> : null}
      {status === 'checked' && !isNothing ? (
        <form method="post" action={`/studio/imports/${id}`} className="row">
          <button type="submit">{buttonLabel(upload)}</button>
          <a className="button plain" href={again}>
            Choose the file again, or another one
          </a>
        </form>
      ) : (
        <p>
          <a href={isDone ? '/studio/readers' : again}>
            {isDone ? 'To the readers' : 'Choose the file again, or another one'}
          </a>
        </p>
      )}
      {problems.length > 0 ? <Problems upload={upload} /> : null}
    </>
  );
}

function Problems({ upload: { id, status, refused, problems } }: { upload: UploadedImport }) {
  return (
    <section className="sheet" aria-labelledby="problems">
      <h2 id="problems">{status === 'failed' ? 'Why' : 'Refused lines'}</h2>
      {status === 'failed' ? null : <Reasons problems={problems} />}
      <ul>
        {problems.slice(0, MAX_LISTED).map(({ line, problem }, index) => (
          <li key={index}>
            {line > 0 ? `line ${line}: ` : ''}
            {problem}
          </li>
        ))}
      </ul>
      {status === 'failed' ? null : (
        <p>
          {(refused ?? 0) > MAX_LISTED ? (
            <>And {((refused ?? 0) - MAX_LISTED).toLocaleString('en')} more. </>
          ) : null}
          <a href={`/studio/imports/${id}/refused.csv`}>
            {(refused ?? 0) > problems.length
              ? `The first ${countOf(problems.length, 'refused line')} as CSV`
              : 'All refused lines as CSV'}
          </a>
        </p>
      )}
    </section>
  );
}

/** How often each reason occurs, if any occurs often: one answer in the form may settle all of them. */
function Reasons({ problems }: Pick<UploadedImport, 'problems'>) {
  const byReason = Map.groupBy(problems, ({ problem }) => problem.replaceAll(/“[^”]*”|\d+/g, '…'));
  const frequent = [...byReason].filter(([, { length }]) => length > 1);
  return frequent.length === 0 ? null : (
    <ul>
      {frequent.map(([reason, { length }]) => (
        <li key={reason}>
          <strong>{countOf(length, 'line')}</strong>: {reason}
          {/^(?:consent_source|confirmed_at) is missing/.test(reason)
            ? ': choose the file again and fill in the form, which says it for all of them'
            : ''}
        </li>
      ))}
    </ul>
  );
}

function Counts({ upload: { status, added, unchanged, refused, found } }: { upload: UploadedImport }) {
  const isDone = status === 'done';
  return (
    <>
      <ul>
        <li>
          {added?.toLocaleString('en')} {isDone ? 'added' : 'to add'}
        </li>
        {Object.entries(found?.by_meaning ?? {}).map(([meaning, number]) =>
          meaning === 'active' ? null : (
            <li key={meaning}>
              {number?.toLocaleString('en')} {isDone ? 'kept' : 'to keep'} as {meaning}: they get no mail
            </li>
          ),
        )}
        {found && found.stopped > 0 ? (
          <li>
            {countOf(found.stopped, 'reader')} here who left elsewhere{' '}
            {isDone ? (found.stopped === 1 ? 'was stopped' : 'were stopped') : 'would be stopped'}
          </li>
        ) : null}
        {found?.unknown_statuses?.length ? (
          <li>
            Not known as a status, so {isDone ? 'kept' : 'to keep'} as unsubscribed:{' '}
            {found.unknown_statuses.map((word) => `“${word}”`).join(', ')}
          </li>
        ) : null}
        <li>{unchanged?.toLocaleString('en')} here already</li>
        <li>{refused?.toLocaleString('en')} refused</li>
      </ul>
      {found ? (
        <p className="quiet">
          Read as {found.format}, in {found.encoding}; times without a zone are UTC.
          {found.ignored.length > 0 ? ` Not read: ${found.ignored.slice(0, 12).join(', ')}.` : ''}
        </p>
      ) : null}
    </>
  );
}

/** Readers whom the import keeps from being mailed. */
function keptFrom({ found }: UploadedImport): number {
  return Object.entries(found?.by_meaning ?? {}).reduce(
    (sum, [meaning, number = 0]) => sum + (meaning === 'active' ? 0 : number),
    found?.stopped ?? 0,
  );
}

function changesOf(upload: UploadedImport): number {
  return (upload.added ?? 0) + keptFrom(upload);
}

function buttonLabel(upload: UploadedImport): string {
  const { added } = upload;
  const others = keptFrom(upload);
  const readers = countOf(added ?? 0, 'reader');
  return others > 0
    ? `Add ${readers}, and keep ${others.toLocaleString('en')} from being mailed`
    : `Add ${readers}`;
}
