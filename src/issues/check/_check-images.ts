import { DomUtils, parseDocument } from 'htmlparser2';
import type { Finding } from './finding.ts';

const FILE_NAME = /\.(?:png|jpe?g|gif|webp|svg)$/i;
const GENERIC_NAME = /^(?:image|img|picture|photo|logo|icon|graphic|chart)$/i;

/** Every image needs an alt text with the same information, since many readers block images (WCAG 2.2, 1.1.1). */
export function checkImages(html: string): Finding[] {
  const images = DomUtils.getElementsByTagName('img', parseDocument(html));
  return images.flatMap(({ attribs: { src = '', alt = '' } }) => {
    const what =
      alt.trim() === ''
        ? `${src} has no alt text`
        : FILE_NAME.test(alt) || GENERIC_NAME.test(alt.trim())
          ? `the alt text of ${src} is “${alt}”`
          : undefined;
    return what ? [{ check: 'images', what, fix: 'give the same information in alt as the image' }] : [];
  });
}
