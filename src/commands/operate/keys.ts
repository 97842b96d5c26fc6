import type { Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { readConfig } from '../../config/config.ts';
import { linkKeyId } from '../../links/tokens.ts';
import { type Options, printOutcome } from '../shared/command.ts';

export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('the secrets that sign links');
  const rotate = keys
    .command('rotate')
    .description('make a new LINK_SECRET; the old ones still verify links already sent')
    .option('--json', 'print one JSON document');
  rotate.action(() => {
    const { linkSecrets } = readConfig({ ...process.env, RESEND_API_KEY: '' });
    const old = process.env.LINK_SECRET ? linkSecrets : [];
    const value = [makeSecret(old), ...old].join(',');
    const text = `LINK_SECRET=${value}\n\nPut this line in your settings and restart. Links in mails already sent keep\nworking as long as the secret that signed them is in the list${old.length > 0 ? '' : ' (none was set, so links\nsigned with the local default stop working)'}.`;
    printOutcome(rotate.opts<Options>(), { json: { LINK_SECRET: value }, text });
  });
}

/** A key id is a single character, so secrets are generated until one has an unused id. */
function makeSecret(old: readonly string[]): string {
  const usedIds = new Set(old.map(linkKeyId));
  for (;;) {
    const secret = randomBytes(32).toString('base64url');
    if (!usedIds.has(linkKeyId(secret))) {
      return secret;
    }
  }
}
