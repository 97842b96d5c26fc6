import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { AppError } from '../errors.ts';
import { getIssue } from '../issues/issue.ts';
import { loadCopy } from '../sending/load-copy.ts';
import type { PersonalCopy } from '../sending/personal-copy.ts';
import { findByAddress } from '../subscribers/find-by-address.ts';
import type { Options, Outcome } from './command.ts';
import { LOCAL_HOME, type Session } from './session.ts';

/** Writes issue.html, issue.txt, headers.json and mail.eml: the exact mail that this reader would get. */
export async function writePreview(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<Outcome> {
  const issue = await getIssue(context.db, name);
  const reader = await findReader(context, typeof options.as === 'string' ? options.as : undefined);
  const copy = await loadCopy(context, issue, reader.id);
  const folder = path.resolve(
    typeof options.out === 'string' ? options.out : path.join(LOCAL_HOME, 'preview', issue.week),
  );
  const headers = headersOf(copy, reader.email);
  mkdirSync(folder, { recursive: true });
  const files = {
    'issue.html': copy.html,
    'issue.txt': copy.text,
    'headers.json': `${JSON.stringify(headers, null, 2)}\n`,
    'mail.eml': await composeMime(copy, reader.email, context.now()),
  };
  const paths = Object.entries(files).map(([file, content]) => {
    writeFileSync(path.join(folder, file), content);
    return path.join(folder, file);
  });
  return { json: { week: issue.week, files: paths }, text: paths.join('\n') };
}

async function findReader(
  { db }: Session['context'],
  email: string | undefined,
): Promise<{ id: number; email: string }> {
  if (email === undefined) {
    const first = await db
      .selectFrom('subscribers')
      .select(['id', 'email'])
      .where('status', '=', 'active')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    return first ?? { id: 0, email: 'reader@localhost.localdomain' };
  }
  const reader = await findByAddress(db, email);
  if (!reader) {
    throw new AppError(
      'not_found',
      'No subscriber has that address; add one with `verdicts subscribers add EMAIL`.',
    );
  }
  return reader;
}

function headersOf({ from, reply_to, subject, headers }: PersonalCopy, to: string): Record<string, string> {
  return { From: from, To: to, ...(reply_to ? { 'Reply-To': reply_to } : {}), Subject: subject, ...headers };
}

function composeMime(copy: PersonalCopy, to: string, date: Date): Promise<Buffer> {
  const mail = new MailComposer({
    from: copy.from,
    to,
    ...(copy.reply_to ? { replyTo: copy.reply_to } : {}),
    subject: copy.subject,
    text: copy.text,
    html: copy.html,
    headers: copy.headers,
    textEncoding: 'quoted-printable',
    date,
  });
  return mail.compile().build();
}
