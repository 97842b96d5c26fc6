import { isUtf8 } from 'node:buffer';

/**
 * The offset, from 0, of the first byte that is not the start of a valid UTF-8 character; undefined if there is none.
 */
export function findBadByte(bytes: Buffer): number | undefined {
  if (isUtf8(bytes)) {
    return undefined;
  }
  let offset = 0;
  for (;;) {
    const length = lengthOfCharacter(bytes[offset] ?? 0);
    if (length > 1 && !isUtf8(bytes.subarray(offset, offset + length))) {
      return offset;
    }
    offset += length;
  }
}

/** The first byte of a character tells its length (RFC 3629, section 3). */
function lengthOfCharacter(first: number): number {
  if (first < 0x80) {
    return 1;
  }
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
