import { MAIL_POLICY } from '../layout/security-headers.ts';

/** How a mail program may show a mail. */
export type Look = 'light' | 'dark' | 'forced-dark' | 'no-images' | 'rtl';

export const LOOKS: Record<Look, string> = {
  light: 'Light',
  dark: 'Dark',
  'forced-dark': 'Forced dark',
  'no-images': 'Images off',
  rtl: 'Right to left',
};

export function readLook(name: string | undefined): Look {
  return name !== undefined && name in LOOKS ? (name as Look) : 'light';
}

const DARK_QUERY = /\(prefers-color-scheme:\s*dark\)/g;
/** The direction of the document, and of its wrapper for programs that drop the html element. */
const DOCUMENT_DIRECTION = /((?:<html|<div role="article")[^>]*\bdir=")ltr/g;
/** Roughly what is done by programs that invert the colours of any mail. */
const INVERTED =
  '<style>html{filter:invert(1) hue-rotate(180deg);background:#fff}img{filter:invert(1) hue-rotate(180deg)}</style>';

/** The mail as such a program would show it; links open outside its frame, as in webmail. */
export function applyLook(html: string, look: Look): string {
  // The colour scheme of the viewer's own machine must not matter.
  const scheme = html.replaceAll(DARK_QUERY, look === 'dark' ? '(min-width:0)' : '(max-width:0)');
  const shown = look === 'rtl' ? scheme.replaceAll(DOCUMENT_DIRECTION, '$1rtl') : scheme;
  return shown.replace('<head>', `<head><base target="_blank">${look === 'forced-dark' ? INVERTED : ''}`);
}

export function policyOf(look: Look): string {
  return look === 'no-images' ? MAIL_POLICY.replace(/img-src [^;]*/, "img-src 'none'") : MAIL_POLICY;
}
