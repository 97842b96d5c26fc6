/** Palette of mails and pages; every text colour is chosen for a particular background (WCAG 2.2 AA). */
export const light = {
  page: '#f3f0e8',
  paper: '#fffdf9',
  ink: '#1f2630',
  quiet: '#565d68',
  line: '#d9d3c5',
  wash: '#f6f2e9',
  link: '#1d4f91',
  ship: '#0b6650',
  shipWash: '#e0f1eb',
  skip: '#8c3420',
  skipWash: '#f9e7e0',
  onFill: '#fffdf9',
  // Bars: visible both on paper and on near-black, for mail clients that darken the paper but not the bars.
  readersBar: '#1d8a6c',
  panelBar: '#7b8089',
} as const;

export const dark = {
  page: '#12161c',
  paper: '#1b212a',
  ink: '#ece8df',
  quiet: '#aeb5c0',
  line: '#3a424e',
  wash: '#232a34',
  link: '#9cc4ff',
  ship: '#74d8b6',
  shipWash: '#173a30',
  skip: '#f4a58f',
  skipWash: '#43241c',
  onFill: '#10241d',
  readersBar: '#74d8b6',
  panelBar: '#aeb5c0',
} as const;

export const fonts = {
  body: "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
  display: 'Georgia, serif',
} as const;

/** The only font sizes, in px. */
export const SIZES = { small: 14, text: 16, subheading: 18, heading: 22, title: 28 } as const;

export const MAIL_WIDTH = 640;
