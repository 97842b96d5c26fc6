import type { CSSProperties } from 'react';
import { dark, fonts, light, MAIL_WIDTH, SIZES } from './theme.ts';

/** Inline styles, since several clients drop <style>: without it the mail is still readable. */
export const styles = {
  body: { margin: 0, padding: 0, backgroundColor: light.page, color: light.ink },
  wrapper: {
    backgroundColor: light.page,
    color: light.ink,
    fontFamily: fonts.body,
    fontSize: SIZES.text,
    lineHeight: '24px',
    wordBreak: 'break-word',
  },
  sheet: { maxWidth: MAIL_WIDTH, margin: '0 auto', backgroundColor: light.paper, color: light.ink },
  padded: { padding: '20px 16px' },
  banded: { padding: '20px 16px', borderTop: `1px solid ${light.line}` },
  paragraph: { margin: '0 0 12px', fontSize: SIZES.text, lineHeight: '24px' },
  small: { margin: '0 0 10px', fontSize: SIZES.small, lineHeight: '21px', color: light.quiet },
  masthead: { padding: '14px 16px', backgroundColor: light.ship, color: light.onFill },
  brand: {
    margin: '0 0 2px',
    fontFamily: fonts.display,
    fontSize: SIZES.heading,
    lineHeight: '28px',
    fontWeight: 700,
    color: light.onFill,
  },
  onBand: { margin: 0, fontSize: SIZES.small, lineHeight: '21px', color: light.onFill },
  h1: {
    margin: '0 0 10px',
    fontFamily: fonts.display,
    fontSize: SIZES.title,
    lineHeight: '34px',
    fontWeight: 700,
  },
  h2: {
    margin: '0 0 8px',
    fontFamily: fonts.display,
    fontSize: SIZES.heading,
    lineHeight: '28px',
    fontWeight: 700,
  },
  h3: {
    margin: '0 0 6px',
    fontFamily: fonts.display,
    fontSize: SIZES.subheading,
    lineHeight: '24px',
    fontWeight: 700,
  },
  // Clients underline links by default; an inline style on every link would be a twentieth of the mail.
  link: { color: light.link },
  pick: {
    margin: '0 0 10px',
    padding: '4px 12px',
    borderLeft: `4px solid ${light.ship}`,
    fontSize: SIZES.text,
    lineHeight: '24px',
    fontWeight: 700,
    color: light.ship,
    backgroundColor: light.shipWash,
  },
} satisfies Record<string, CSSProperties>;

/** Enhancements only: padding on wide screens, right-to-left, dark colours. No @ rule inside @media: Gmail would drop the block. */
export const stylesheet = [
  ':root{color-scheme:light dark;supported-color-schemes:light dark}',
  'a{text-underline-offset:2px}',
  '@media (min-width:600px){.pad{padding:28px 32px!important}}',
  // Where `dir` is rtl, alignment, padding and borders are mirrored.
  `[dir=rtl] th,[dir=rtl] td,[dir=rtl] caption{text-align:right!important}[dir=rtl] .cell{padding-right:0!important;padding-left:6px!important}[dir=rtl] .cell2{padding-left:0!important;padding-right:6px!important}[dir=rtl] .pick{border-left:0!important;border-right:4px solid ${light.ship}}[dir=rtl] .d-ink-line{text-align:center!important}[dir=rtl] .mono{margin:0 0 0 8px!important}`,
  darkRules('@media (prefers-color-scheme:dark){', '', '}'),
  darkRules('', '[data-ogsc] ', '', 'color'),
  darkRules('', '[data-ogsb] ', '', 'background'),
].join('');

function darkRules(open: string, prefix: string, close: string, only?: 'color' | 'background'): string {
  const rules: [string, 'color' | 'background', string][] = [
    ['.d-page', 'background', dark.page],
    ['.d-paper', 'background', dark.paper],
    ['.d-wash', 'background', dark.wash],
    ['.d-ink', 'color', dark.ink],
    ['.d-quiet', 'color', dark.quiet],
    ['.d-link', 'color', dark.link],
    ['.d-ship', 'color', dark.ship],
    ['.d-skip', 'color', dark.skip],
    ['.d-shipfill', 'background', dark.ship],
    ['.d-onfill', 'color', dark.onFill],
    ['.d-shipwash', 'background', dark.shipWash],
    ['.d-band', 'background', dark.shipWash],
    ['.d-onband', 'color', dark.ink],
    ['.d-skipwash', 'background', dark.skipWash],
    ['.d-bar-readers', 'background', dark.readersBar],
    ['.d-bar-panel', 'background', dark.panelBar],
    ['.d-bar-rest', 'background', dark.line],
  ];
  const text = rules
    .filter(([, property]) => !only || property === only)
    .map(
      ([name, property, value]) =>
        `${prefix}${name}{${property === 'color' ? 'color' : 'background-color'}:${value}!important}`,
    )
    .join('');
  const borders = only
    ? ''
    : `.d-line{border-color:${dark.line}!important}.d-shipfill{border-color:${dark.ship}!important}.d-ink-line{border-color:${dark.ink}!important}.d-ship-line{border-color:${dark.ship}!important}`;
  return open + text + borders + close;
}
