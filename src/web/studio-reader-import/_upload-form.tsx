import type { ReactNode } from 'react';
import type { FileFacts } from '../../subscribers/transfer/import.ts';

const STATUSES: readonly [value: string, words: string][] = [
  ['', 'what the file says'],
  ['unsubscribed', 'unsubscribed: they get no mail'],
  ['bounced', 'bounced: they get no mail'],
  ['complained', 'complained: they get no mail'],
  ['pending', 'not confirmed: they get no mail'],
];

/** What a column of the file is, in words. */
const COLUMN_WORDS: Record<string, string> = {
  email: 'The address',
  status: 'Whether they are subscribed',
  confirmed_at: 'When they gave consent',
  left_at: 'When they left',
  consent_source: 'Where they gave consent',
  categories: 'Categories',
  engaged_at: 'When they last read or clicked',
};

interface UploadFormProps {
  maxMegabytes: number;
  /** What was said about the file before. */
  facts: FileFacts;
}

export function UploadForm({ maxMegabytes, facts }: UploadFormProps) {
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
        <TextField name="consent_source" value={facts.consent_source}>
          Where they gave consent, if the file does not say so
        </TextField>
        <TextField name="confirmed_at" value={facts.confirmed_at}>
          When, if the file does not say so, such as 2026-01-02
        </TextField>
        <p>
          <label htmlFor="status">What every line means</label>
          <select id="status" name="status" defaultValue={facts.status ?? ''}>
            {STATUSES.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </p>
        <ColumnNames map={facts.map} />
        <button type="submit">See what it would do</button>
      </form>
    </>
  );
}

function ColumnNames({ map }: Pick<FileFacts, 'map'>) {
  return (
    <details open={map !== undefined}>
      <summary>If its columns have other names</summary>
      <p>
        Type the file’s own names; a file with the names above, or of a service, needs none of them. Columns
        that are not named here are then not read.
      </p>
      {Object.entries(COLUMN_WORDS).map(([column, words]) => (
        <TextField key={column} name={`column:${column}`} value={map?.[column]}>
          {words}: its column
        </TextField>
      ))}
    </details>
  );
}

interface TextFieldProps {
  name: string;
  value: string | undefined;
  /** Its label. */
  children: ReactNode;
}

function TextField({ name, value, children }: TextFieldProps) {
  return (
    <p>
      <label htmlFor={name}>{children}</label>
      <input id={name} name={name} maxLength={200} autoComplete="off" defaultValue={value} />
    </p>
  );
}
