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

export function Report({ upload }: { upload: UploadedImport }) {
  const { id, status, added, unchanged, refused, problems } = upload;
  const isDone = status === 'done';
  return (
    <>
      {status === 'failed' ? null : (
        <ul>
          <li>
            {added?.toLocaleString('en')} {isDone ? 'added' : 'to add'}
          </li>
          <li>{unchanged?.toLocaleString('en')} here already</li>
          <li>{refused?.toLocaleString('en')} refused</li>
        </ul>
      )}
      {status === 'checked' ? (
        <form method="post" action={`/studio/imports/${id}`} className="row">
          <button type="submit">
            Add {added === 1 ? '1 reader' : `${added?.toLocaleString('en')} readers`}
          </button>
          <a className="button plain" href="/studio/import/readers">
            Choose another file
          </a>
        </form>
      ) : (
        <p>
          <a href={isDone ? '/studio/readers' : '/studio/import/readers'}>
            {isDone ? 'To the readers' : 'Choose another file'}
          </a>
        </p>
      )}
      {problems.length > 0 ? (
        <section className="sheet" aria-labelledby="problems">
          <h2 id="problems">{status === 'failed' ? 'Why' : 'Refused lines'}</h2>
          <ul>
            {problems.map(({ line, problem }, index) => (
              <li key={index}>
                {line > 0 ? `line ${line}: ` : ''}
                {problem}
              </li>
            ))}
          </ul>
          {(refused ?? 0) > problems.length ? (
            <p>And {((refused ?? 0) - problems.length).toLocaleString('en')} more.</p>
          ) : null}
        </section>
      ) : null}
    </>
  );
}
