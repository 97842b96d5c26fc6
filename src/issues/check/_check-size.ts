import type { Finding } from '../finding/finding.ts';
import type { Mail } from '../finding/mail.ts';

// Gmail clips messages at about 102 kB; which bytes it counts is disputed, so both sizes must be well below.
const MAX_BYTES = 60_000;

export function checkSize({ html }: Pick<Mail, 'html'>): Finding[] {
  const sizes = [
    ['', Buffer.byteLength(html)],
    [' once encoded', encodedSizeOf(html)],
  ] as const;
  return sizes
    .filter(([, bytes]) => bytes > MAX_BYTES)
    .map(([how, bytes]) => ({
      check: 'html',
      what: `${bytes} bytes${how}`,
      fix: `at most ${MAX_BYTES}, so choose fewer comparisons or shorter texts`,
    }));
}

/** Size in the shorter of the two transfer encodings, which is the one mail libraries choose. */
function encodedSizeOf(text: string): number {
  // Base64 encodes three bytes as four characters, 76 per line (RFC 2045, 6.8).
  const base64 = Math.ceil((Buffer.byteLength(text) / 3) * 4 * (78 / 76));
  return Math.min(base64, quotedPrintableSizeOf(text));
}

/**
 * Quoted-printable encodes bytes other than printable ASCII as three characters, and breaks lines after 75 (RFC 2045,
 * 6.7).
 */
function quotedPrintableSizeOf(text: string): number {
  const bytes = Buffer.from(text);
  const encoded = bytes.reduce(
    (sum, byte) => sum + ((byte >= 0x20 && byte <= 0x7e && byte !== 0x3d) || byte === 0x0a ? 1 : 3),
    0,
  );
  return encoded + 3 * Math.floor(encoded / 75);
}
