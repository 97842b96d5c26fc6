import { findMailProvider } from './mailbox-providers.ts';

/**
 * One spelling for all spellings of a mailbox, at providers that ignore dots or accept tags: only for counting, never
 * for sending. `address` must be as `readAddress` returns it.
 */
export function foldMailbox(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const provider = findMailProvider(domain);
  let local = address.slice(0, at).toLowerCase();
  if (provider?.tag) {
    // A tag follows a name, so it cannot begin the address.
    const tag = local.indexOf(provider.tag, 1);
    local = tag === -1 ? local : local.slice(0, tag);
  }
  if (provider?.ignores_dots) {
    local = local.replaceAll('.', '');
  }
  return `${local}@${provider?.is_one_mailbox ? provider.domains[0] : domain}`;
}
