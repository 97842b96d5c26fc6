import type { Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { readConfig } from '../../config/config.ts';
import { linkKeyId } from '../../links/tokens.ts';
import { type Options, printOutcome } from '../frame/command.ts';

export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('the secrets that sign links');
  const rotate = keys
    .command('rotate')
    .description('make a new LINK_SECRET; the old ones go on verifying links that are out')
    .option('--json', 'print one JSON document');
  rotate.action(() => {
    const { linkSecrets } = readConfig({ ...process.env, RESEND_API_KEY: '' });
    const old = process.env.LINK_SECRET ? linkSecrets : [];
    const value = [makeSecret(old), ...old].join(',');
    const text = `LINK_SECRET=${value}\n\nPut this line where your settings are, and restart. Links in mails already out go on\nworking as long as the secret that signed them is in the list${old.length > 0 ? '' : ' (none was set, so those signed\nwith the local default stop working)'}.`;
    printOutcome(rotate.opts<Options>(), { json: { LINK_SECRET: value }, text });
  });
}

/** A key's id is one character: a secret whose id is taken is thrown away. */
function makeSecret(old: readonly string[]): string {
  const taken = new Set(old.map(linkKeyId));
  for (;;) {
    const secret = randomBytes(32).toString('base64url');
    if (!taken.has(linkKeyId(secret))) {
      return secret;
    }
  }
}
