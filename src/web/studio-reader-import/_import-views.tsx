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

export function Report({ upload }: { upload: UploadedImport }) {
  const { id, status, refused, problems } = upload;
  const isDone = status === 'done';
  return (
    <>
      {status === 'failed' ? null : <Counts upload={upload} />}
      {status === 'checked' ? (
        <form method="post" action={`/studio/imports/${id}`} className="row">
          <button type="submit">{buttonLabel(upload)}</button>
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

function buttonLabel({ added, found }: UploadedImport): string {
  const others = Object.entries(found?.by_meaning ?? {}).reduce(
    (sum, [meaning, number = 0]) => sum + (meaning === 'active' ? 0 : number),
    found?.stopped ?? 0,
  );
  const readers = countOf(added ?? 0, 'reader');
  return others > 0
    ? `Add ${readers}, and keep ${others.toLocaleString('en')} from being mailed`
    : `Add ${readers}`;
}

const STATUSES: readonly [value: string, words: string][] = [
  ['', 'what the file says'],
  ['unsubscribed', 'unsubscribed: they get no mail'],
  ['bounced', 'bounced: they get no mail'],
  ['complained', 'complained: they get no mail'],
  ['pending', 'not confirmed: they get no mail'],
];

export function UploadForm({ maxMegabytes }: { maxMegabytes: number }) {
  return (
    <>
      <p>
        An export of Mailchimp, beehiiv, Substack, Ghost, listmonk, Buttondown or Kit, our own, or any CSV
        file with a header line: <code>email</code>, and if you have them <code>status</code>,{' '}
        <code>confirmed_at</code>, <code>consent_source</code>, <code>categories</code> (separated by ;) and{' '}
        <code>engaged_at</code>. Readers who unsubscribed elsewhere stay unsubscribed here. Nobody is added
        before you have seen what the import would do.
      </p>
      <form method="post" encType="multipart/form-data">
        <p>
          <label htmlFor="file">File, at most {maxMegabytes} MB</label>
          <input id="file" name="file" type="file" accept=".csv,.tsv,.txt,.jsonl,text/csv" required />
        </p>
        <p>
          <label htmlFor="consent_source">Where they gave consent, if the file does not say so</label>
          <input id="consent_source" name="consent_source" maxLength={200} autoComplete="off" />
        </p>
        <p>
          <label htmlFor="confirmed_at">When, if the file does not say so, such as 2026-01-02</label>
          <input id="confirmed_at" name="confirmed_at" maxLength={40} autoComplete="off" />
        </p>
        <p>
          <label htmlFor="status">What every line means</label>
          <select id="status" name="status">
            {STATUSES.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </p>
        <button type="submit">See what it would do</button>
      </form>
    </>
  );
}
