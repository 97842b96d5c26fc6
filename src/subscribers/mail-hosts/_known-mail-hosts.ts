import type { KnownMailClass } from '../../database/schema.ts';

/**
 * Mail hosts by the suffix of their MX names, as their operators document them. `scanned`: opens the links of incoming
 * mail; `clean`: does not open its users' links. Any other host is `unknown` until its class is learned.
 */
const KNOWN_HOSTS: readonly [suffix: string, known_class: KnownMailClass][] = [
  // Outlook.com for consumers: only some mailboxes have Safe Links.
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

/**
 * The class of the most preferred host, or `scanned` if any host is a scanner. `mx` is in order of preference, in lower
 * case.
 */
export function classifyMailHosts(mx: readonly string[]): KnownMailClass {
  const classes = mx.map(
    (host) =>
      KNOWN_HOSTS.find(([suffix]) => host === suffix || host.endsWith(`.${suffix}`))?.[1] ?? 'unknown',
  );
  return classes.includes('scanned') ? 'scanned' : (classes[0] ?? 'unknown');
}
