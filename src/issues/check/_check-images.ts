import { DomUtils, parseDocument } from 'htmlparser2';
import type { Finding } from './finding.ts';

const FILE_NAME = /\.(?:png|jpe?g|gif|webp|svg)$/i;
const NO_NAME = /^(?:image|img|picture|photo|logo|icon|graphic|chart)$/i;

/** With images off, their texts are all there is: each says what its image says (WCAG 2.2, 1.1.1). */
export function checkImages(html: string): Finding[] {
  const images = DomUtils.getElementsByTagName('img', parseDocument(html));
  return images.flatMap(({ attribs: { src = '', alt = '' } }) => {
    const what =
      alt.trim() === ''
        ? `${src} has no text`
        : FILE_NAME.test(alt) || NO_NAME.test(alt.trim())
          ? `the text of ${src} is “${alt}”`
          : undefined;
    return what ? [{ check: 'images', what, mend: 'say in alt what the image says' }] : [];
  });
}
