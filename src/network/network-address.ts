import { isIP, isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IPv4 or IPv6 address as a value: IPv4 addresses that were mapped or translated to IPv6 are IPv4. */
export type NetworkAddress = ipaddr.IPv4 | ipaddr.IPv6;
export type Network = [address: NetworkAddress, bits: number];

/** RFC 6052, section 2.1: an IPv4 address that a translator of the reader's network (NAT64) wrote as IPv6. */
const NAT64: [ipaddr.IPv6, number] = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** RFC 4291, section 2.4: all IPv6 addresses that are assigned on the public internet. */
const GLOBAL_IPV6: [ipaddr.IPv6, number] = ipaddr.IPv6.parseCIDR('2000::/3');
/** RFC 6890 and its successors: addresses that a reader's connection can have. */
const PUBLIC_RANGES = new Set(['unicast', '6to4', 'teredo']);

/**
 * Reads an address as sockets and proxies write it: with or without port, brackets and zone. Undefined for anything else, host
 * names and IPv4 addresses in octal or with fewer than four parts included.
 */
export function parseNetworkAddress(text: string): NetworkAddress | undefined {
  const [, bracketed, plain, ipv4] =
    /^(?:\[([^\]]+)\](?::\d*)?|([^:]*:[^:]*:.*)|([^:]+)(?::\d*)?)$/.exec(text.trim()) ?? [];
  const address = (bracketed ?? plain ?? ipv4 ?? '').replace(/%.*$/, '');
  if (isIPv4(address)) {
    return ipaddr.IPv4.parse(address);
  }
  return isIPv6(address) ? unwrap(ipaddr.IPv6.parse(address)) : undefined;
}

function unwrap(address: ipaddr.IPv6): NetworkAddress {
  if (address.isIPv4MappedAddress()) {
    return address.toIPv4Address();
  }
  return address.match(NAT64) ? new ipaddr.IPv4(address.toByteArray().slice(-4)) : address;
}

/** Whether a reader's connection can have this address: not a private, shared, documentation or reserved one. */
export function isPublicAddress(address: NetworkAddress): boolean {
  return PUBLIC_RANGES.has(address.range()) && (address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6));
}

export function isLoopbackAddress(address: NetworkAddress): boolean {
  return address.range() === 'loopback';
}

/** The network of one source: an IPv4 address, or a /64, since a site is assigned at least a whole one (RFC 6177). */
export function sourceNetworkOf(address: NetworkAddress): string {
  return networkOf(address, 32, 64);
}

/** The network that one customer of a provider may have: an IPv4 /24, an IPv6 /48. */
export function customerNetworkOf(address: NetworkAddress): string {
  return networkOf(address, 24, 48);
}

function networkOf(address: NetworkAddress, ipv4Bits: number, ipv6Bits: number): string {
  return address instanceof ipaddr.IPv4
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${ipv4Bits}`).toString()}/${ipv4Bits}`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${ipv6Bits}`).toString()}/${ipv6Bits}`;
}

/** `10.0.0.0/8`, or an address alone; undefined for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const [, written = '', bits] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text.trim()) ?? [];
  const address = isIP(written) > 0 ? parseNetworkAddress(written) : undefined;
  if (!address) {
    return undefined;
  }
  const size = address instanceof ipaddr.IPv4 ? 32 : 128;
  return bits === undefined || Number(bits) <= size ? [address, Number(bits ?? size)] : undefined;
}

export function isWithin(address: NetworkAddress, networks: readonly Network[]): boolean {
  return networks.some(
    ([network, bits]) => address.kind() === network.kind() && address.match(network, bits),
  );
}
