import { endOf, type MailTemplate, type Recipient, writeReaderInto } from './personal-copy.ts';

/** The body of one call: a JSON array of mails, all of one length, which blanks after each make. */
export interface BatchBody {
  bytes: number;
  /** In pieces that use `buffer` again and again. */
  pieces: (buffer: Buffer) => Generator<Buffer>;
}

/** How far a buffer already holds images of a template, one every `mail_bytes`. */
interface Layout {
  template: MailTemplate;
  mail_bytes: number;
  count: number;
}

/** Ends differ by a few bytes from batch to batch; rounded up, the next batch finds the images where it needs them. */
const END_STEP_BYTES = 128;
const OPENING = 0x5b;
const COMMA = 0x2c;
const CLOSING = 0x5d;
const BLANK = 0x20;

/** Images of a mail are most of a body and the same for every reader: they stay in the buffer from batch to batch. */
const layouts = new WeakMap<Buffer, Layout>();

/** The same recipients always give the same bytes. There must be at least one. */
export function bodyOf(template: MailTemplate, recipients: readonly Recipient[]): BatchBody {
  const ends = recipients.map((recipient) => endOf(template, recipient));
  const longest = Math.max(...ends.map((end) => Buffer.byteLength(end)));
  const end_bytes = Math.ceil(longest / END_STEP_BYTES) * END_STEP_BYTES;
  // Before each mail stands the bracket or the comma.
  const mail_bytes = 1 + template.image.length + end_bytes;
  return {
    bytes: recipients.length * mail_bytes + 1,
    pieces: (buffer) => writePieces(template, mail_bytes, recipients, ends, buffer),
  };
}

function* writePieces(
  template: MailTemplate,
  mail_bytes: number,
  recipients: readonly Recipient[],
  ends: readonly string[],
  given: Buffer,
): Generator<Buffer> {
  const buffer = mail_bytes + 1 > given.length ? Buffer.allocUnsafe(mail_bytes + 1) : given;
  const layout = layoutOf(buffer, template, mail_bytes);
  const room = Math.floor((buffer.length - 1) / mail_bytes);
  for (const [index, recipient] of recipients.entries()) {
    const place = index % room;
    const mail = buffer.subarray(place * mail_bytes, (place + 1) * mail_bytes);
    if (place === layout.count) {
      template.image.copy(mail, 1);
      layout.count += 1;
    }
    mail[0] = index === 0 ? OPENING : COMMA;
    writeReaderInto(template, recipient, mail.subarray(1));
    const written = mail.write(ends[index] ?? '', 1 + template.image.length, 'utf8');
    mail.fill(BLANK, 1 + template.image.length + written);
    if (index === recipients.length - 1) {
      buffer[(place + 1) * mail_bytes] = CLOSING;
      yield buffer.subarray(0, (place + 1) * mail_bytes + 1);
    } else if (place === room - 1) {
      yield buffer.subarray(0, room * mail_bytes);
    }
  }
}

function layoutOf(buffer: Buffer, template: MailTemplate, mail_bytes: number): Layout {
  const known = layouts.get(buffer);
  if (known?.template === template && known.mail_bytes === mail_bytes) {
    return known;
  }
  const layout = { template, mail_bytes, count: 0 };
  layouts.set(buffer, layout);
  return layout;
}
