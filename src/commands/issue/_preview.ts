import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { AppError, messageOf } from '../../errors.ts';
import { isOwedDigest } from '../../subscribers/preferences/digest-recipients.ts';
import { previewDigest } from '../../issues/results/preview-digest.ts';
import { getIssue } from '../../issues/record/issue.ts';
import { renderLetter } from '../../issues/render/render-letter.tsx';
import { enqueue } from '../../queue/queue.ts';
import { loadPreview } from '../../sending/personalize/load-copy.ts';
import type { PersonalCopy } from '../../sending/personalize/personal-copy.ts';
import { getsEveryIssue } from '../../subscribers/preferences/update-preferences.ts';
import { findByAddress } from '../../subscribers/address/find-by-address.ts';
import { recordCommand } from '../shared/audited-change.ts';
import { confirm } from '../shared/confirm.ts';
import { type Options, type CommandResult, textOf } from '../shared/command.ts';
import { LOCAL_HOME, type Session } from '../shared/session.ts';

/** Writes issue.html, issue.txt, headers.json and mail.eml: the exact mail that this reader would get. */
export async function writePreview(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const issue = await getIssue(context.db, name);
  const reader = await findReader(context, textOf(options.as));
  const copy = await loadPreview(context, issue, reader.id);
  const folder = path.resolve(textOf(options.out) || path.join(LOCAL_HOME, 'preview', issue.week));
  const headers = headersOf(copy, reader.email);
  const paths = writeFiles(folder, {
    'issue.html': copy.html,
    'issue.txt': copy.text,
    'headers.json': `${JSON.stringify(headers, null, 2)}\n`,
    'mail.eml': await composeMime(copy, reader.email, context.now()),
  });
  return { json: { week: issue.week, files: paths }, text: paths.join('\n') };
}

/**
 * Writes digest.html and digest.txt, the mail that monthly readers get, or enqueues it for those who have not got it.
 */
export async function writeDigest(
  session: Session,
  options: Options,
  [month = '']: string[],
): Promise<CommandResult> {
  const { context } = session;
  const letter = await previewDigest(context, month);
  if (options.send) {
    requireMonthIsOver(month, context.now(), context.config.timezone);
    return sendDigest(session, options, month);
  }
  const { html, text } = await renderLetter(letter);
  const folder = path.resolve(textOf(options.out) || path.join(LOCAL_HOME, 'preview', month));
  const paths = writeFiles(folder, { 'digest.html': html, 'digest.txt': text });
  return {
    json: { month, subject: letter.subject, files: paths },
    text: `${paths.join('\n')}\nIts preferences and unsubscribe links are placeholders.`,
  };
}

/** A reader gets only one digest for a month; one sent before the month is over would lack the issues still to come. */
function requireMonthIsOver(month: string, now: Date, timezone: string): void {
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timezone);
  if (month >= today.toPlainDate().toPlainYearMonth().toString()) {
    throw new AppError(
      'refused',
      `The month ${month} is not over: its readers would get none of the issues that are still to come. Send it next month.`,
    );
  }
}

async function sendDigest(
  { context, terminal }: Session,
  options: Options,
  month: string,
): Promise<CommandResult> {
  const { boss, config, db, now } = context;
  const { readers } = await db
    .selectFrom('subscribers')
    .select(({ fn }) => fn.countAll<number>().as('readers'))
    .where(isOwedDigest(month, now(), config.timezone))
    .executeTakeFirstOrThrow();
  await confirm(
    terminal,
    options,
    // Those for whose categories the month has nothing get none.
    `This sends the digest of ${month} to ${readers === 1 ? '1 reader who has' : `up to ${readers} readers who have`} not got it.`,
  );
  await db.transaction().execute((tx) => enqueue(boss, tx, 'send-digest', [{ key: month, data: { month } }]));
  await recordCommand(context, 'send digest', { month });
  const text = `The digest of ${month} goes to ${readers === 1 ? '1 reader' : `up to ${readers} readers`} as soon as a worker runs.`;
  return { json: { month, readers }, text };
}

function writeFiles(folder: string, files: Record<string, string | Buffer>): string[] {
  try {
    makeFolder(folder);
    return Object.entries(files).map(([file, content]) => {
      writeFileSync(path.join(folder, file), content);
      return path.join(folder, file);
    });
  } catch (error) {
    throw new AppError('invalid_input', `--out cannot be written: ${messageOf(error)}.`);
  }
}

/**
 * Folder by folder: Node's `recursive` option never returns where the system refuses to create folders, as in /proc.
 */
function makeFolder(folder: string): void {
  if (!existsSync(folder)) {
    makeFolder(path.dirname(folder));
    mkdirSync(folder);
  }
}

async function findReader(
  { db }: Session['context'],
  email: string | undefined,
): Promise<{ id: number; email: string }> {
  if (email === undefined) {
    const first = await db
      .selectFrom('subscribers')
      .select(['id', 'email'])
      .where(getsEveryIssue())
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    return first ?? { id: 0, email: 'reader@localhost.localdomain' };
  }
  const reader = await findByAddress(db, email);
  if (!reader) {
    throw new AppError(
      'not_found',
      'No subscriber has this address; add one with `verdicts subscribers add EMAIL`.',
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
    newline: 'windows',
    date,
  });
  return mail.compile().build();
}
