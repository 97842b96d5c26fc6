/** Recognisable to its owner but to nobody else: `a…n@e….net`. */
export function maskAddress(email: string): string {
  const [local = '', domain = ''] = email.split('@');
  const [host = '', ...rest] = domain.split('.');
  return `${local.slice(0, 1)}…${local.length > 3 ? local.slice(-1) : ''}@${host.slice(0, 1)}….${rest.at(-1) ?? ''}`;
}
