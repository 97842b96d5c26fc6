import {
  type MailTemplate,
  type OutputBuffer,
  personalize,
  type Recipient,
  tailOf,
} from './personal-copy.ts';

/** The body of one API call: a JSON array of mails, each padded with spaces to the same length. */
export interface BatchBody {
  bytes: number;
  /** Chunks of the body. All of them are written to `buffer`, so each must be sent before the next one is requested. */
  chunks: (buffer: OutputBuffer<Buffer>) => Generator<Buffer>;
}

/** How many copies of a template's skeleton a buffer already holds, one every `mail_bytes`. */
interface Layout {
  template: MailTemplate;
  mail_bytes: number;
  copies: number;
}

/** Tails differ by a few bytes between batches. Rounding up keeps skeletons at the same offsets, so that the next batch can reuse them. */
const TAIL_STEP_BYTES = 128;
const OPENING = 0x5b;
const COMMA = 0x2c;
const CLOSING = 0x5d;
const SPACE = 0x20;

/** The skeleton is most of a mail and the same for every reader: its copies stay in the buffer from batch to batch. */
const layouts = new WeakMap<Buffer, Layout>();

/** Deterministic: the same recipients always give the same bytes. Needs at least one. */
export function buildBatchBody(template: MailTemplate, recipients: readonly Recipient[]): BatchBody {
  const tails = recipients.map((recipient) => tailOf(template, recipient));
  const longest = Math.max(...tails.map((tail) => Buffer.byteLength(tail)));
  const tail_bytes = Math.ceil(longest / TAIL_STEP_BYTES) * TAIL_STEP_BYTES;
  // Each mail is preceded by the bracket or a comma.
  const mail_bytes = 1 + template.skeleton.length + tail_bytes;
  return {
    bytes: recipients.length * mail_bytes + 1,
    chunks: (buffer) => writeChunks(template, mail_bytes, recipients, tails, buffer),
  };
}

function* writeChunks(
  template: MailTemplate,
  mail_bytes: number,
  recipients: readonly Recipient[],
  tails: readonly string[],
  given: OutputBuffer<Buffer>,
): Generator<Buffer> {
  const buffer = mail_bytes + 1 > given.length ? Buffer.allocUnsafe(mail_bytes + 1) : given;
  const layout = claimLayout(buffer, template, mail_bytes);
  const capacity = Math.floor((buffer.length - 1) / mail_bytes);
  for (const [index, recipient] of recipients.entries()) {
    const slot = index % capacity;
    const mail = buffer.subarray(slot * mail_bytes, (slot + 1) * mail_bytes);
    if (slot === layout.copies) {
      template.skeleton.copy(mail, 1);
      layout.copies += 1;
    }
    mail[0] = index === 0 ? OPENING : COMMA;
    personalize(mail.subarray(1), template, recipient);
    const written = mail.write(tails[index] ?? '', 1 + template.skeleton.length, 'utf8');
    mail.fill(SPACE, 1 + template.skeleton.length + written);
    if (index === recipients.length - 1) {
      buffer[(slot + 1) * mail_bytes] = CLOSING;
      yield buffer.subarray(0, (slot + 1) * mail_bytes + 1);
    } else if (slot === capacity - 1) {
      yield buffer.subarray(0, capacity * mail_bytes);
    }
  }
}

/** What the buffer already holds for these mails; from now on it is theirs. */
function claimLayout(buffer: Buffer, template: MailTemplate, mail_bytes: number): Layout {
  const current = layouts.get(buffer);
  if (current?.template === template && current.mail_bytes === mail_bytes) {
    return current;
  }
  const layout = { template, mail_bytes, copies: 0 };
  layouts.set(buffer, layout);
  return layout;
}
