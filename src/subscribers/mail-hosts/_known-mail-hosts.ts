import type { KnownMailClass } from '../../database/schema.ts';

/**
 * Mail hosts by the ends of their MX names, as their operators document them. `scanned`: opens the links of mails it
 * takes in; `clean`: does not, for the people it serves. Whatever is not listed is unknown until it is learned.
 */
const KNOWN: readonly [end: string, known_class: KnownMailClass][] = [
  // Outlook.com for consumers: only some of them have Safe Links.
  ['olc.protection.outlook.com', 'unknown'],
  ['mail.protection.outlook.com', 'scanned'],
  ['mx.microsoft', 'scanned'],
  ['pphosted.com', 'scanned'],
  ['ppe-hosted.com', 'scanned'],
  ['mimecast.com', 'scanned'],
  ['mimecast.co.za', 'scanned'],
  ['barracudanetworks.com', 'scanned'],
  ['cudasvc.com', 'scanned'],
  ['iphmx.com', 'scanned'],
  ['trendmicro.com', 'scanned'],
  ['trendmicro.eu', 'scanned'],
  ['sophos.com', 'scanned'],
  ['hydra.sophos.com', 'scanned'],
  ['messagelabs.com', 'scanned'],
  ['fireeyecloud.com', 'scanned'],
  ['fireeyegov.com', 'scanned'],
  ['hornetsecurity.com', 'scanned'],
  ['antispameurope.com', 'scanned'],
  ['mailcontrol.com', 'scanned'],
  ['google.com', 'clean'],
  ['googlemail.com', 'clean'],
  ['yahoodns.net', 'clean'],
  ['mail.icloud.com', 'clean'],
  ['messagingengine.com', 'clean'],
  ['protonmail.ch', 'clean'],
  ['gmx.net', 'clean'],
  ['web.de', 'clean'],
  ['mail.ru', 'clean'],
  ['zoho.com', 'clean'],
  ['zoho.eu', 'clean'],
];

/** By the host of first preference; a scanner before a clean host decides. `mx` in order of preference, lower case. */
export function classifyMailHosts(mx: readonly string[]): KnownMailClass {
  const classes = mx.map(
    (host) => KNOWN.find(([end]) => host === end || host.endsWith(`.${end}`))?.[1] ?? 'unknown',
  );
  return classes.includes('scanned') ? 'scanned' : (classes[0] ?? 'unknown');
}
