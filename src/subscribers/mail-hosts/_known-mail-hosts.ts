import { getDomain } from 'tldts';
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

export interface MailHost {
  /** The known suffix, or else the registrable domain, which all hosts of one operator share. */
  name: string;
  known_class: KnownMailClass;
}

/**
 * The first host that is known to scan, or else the most preferred one; undefined if there is none. `mx` is in order of
 * preference, in lower case. One operator may have hosts of several classes, as Microsoft does with Outlook.com and
 * Microsoft 365: what is learned about one says nothing about the other.
 */
export function findMailHost(mx: readonly string[]): MailHost | undefined {
  const hosts = mx.map((host): MailHost => {
    const known = KNOWN_HOSTS.find(([suffix]) => host === suffix || host.endsWith(`.${suffix}`));
    return known
      ? { name: known[0], known_class: known[1] }
      : { name: getDomain(host) ?? host, known_class: 'unknown' };
  });
  return hosts.find(({ known_class }) => known_class === 'scanned') ?? hosts[0];
}
