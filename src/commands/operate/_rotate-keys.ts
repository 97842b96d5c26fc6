import { randomBytes } from 'node:crypto';
import { readConfig } from '../../config/config.ts';
import { AppError } from '../../errors.ts';
import { linkKeyId } from '../../links/tokens.ts';
import { type Options, printOutcome } from '../shared/command.ts';
import type { Terminal } from '../shared/terminal.ts';

/** Characters of base64url (RFC 4648, section 5). */
const MAX_SECRETS = 64;

/** Prints a LINK_SECRET that signs with a new secret and still verifies with those in use. */
export async function rotateKeys(terminal: Terminal, options: Options): Promise<void> {
  // Reads no other setting: none of them has to be valid, or even set, to make a secret.
  const { LINK_SECRET, LINK_SECRET_FILE } = terminal.env;
  const { linkSecrets, isLinkSecretSet } = readConfig({ LINK_SECRET, LINK_SECRET_FILE });
  const old = isLinkSecretSet ? linkSecrets : [];
  const secret = makeSecret(old);
  const value = [secret, ...old].join(',');
  const first =
    old.length > 0
      ? `\n\nIf several processes serve pages, first restart all of them with the line below, so that each knows\nthe new secret before any of them signs with it; then use the line above:\n\nLINK_SECRET=${[...old, secret].join(',')}`
      : '';
  const text = `LINK_SECRET=${value}\n\nPut this line in your settings and restart. Links in mails already sent keep\nworking as long as the secret that signed them is in the list${old.length > 0 ? '' : ' (none was set, so links\nsigned with the local default stop working)'}.${first}`;
  await printOutcome(terminal, options, { json: { LINK_SECRET: value }, text });
}

/** A key id is a single character, so secrets are generated until one has an unused id. Throws `refused` if all are in use. */
function makeSecret(old: readonly string[]): string {
  const usedIds = new Set(old.map(linkKeyId));
  if (usedIds.size >= MAX_SECRETS) {
    throw new AppError(
      'refused',
      `LINK_SECRET has ${usedIds.size} secrets, the most there can be. Remove the oldest: links that it signed stop working.`,
    );
  }
  for (;;) {
    const secret = randomBytes(32).toString('base64url');
    if (!usedIds.has(linkKeyId(secret))) {
      return secret;
    }
  }
}
