import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import { DomUtils, parseDocument } from 'htmlparser2';
import type { Finding } from '../finding/finding.ts';

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

/** Latin script, of which the bundled font has nearly every letter. */
const LATIN = /^[\p{ASCII}\p{Script=Latin}\p{Script=Common}]*$/u;

/** Finds names that the pictures of results cannot show, since no font on this machine has all of their characters. */
export async function checkPictures({ lead, more }: IssueContent): Promise<Finding[]> {
  const names = [lead, ...more].flatMap(({ tools }) => tools.map(({ name }) => name));
  const uncertain = names.filter((name) => !LATIN.test(name) || /\p{Extended_Pictographic}/u.test(name));
  if (uncertain.length === 0) {
    return [];
  }
  // Loaded on first use: the renderer is a native library, and most checks need none.
  const { listUndrawable } = await import('../results/picture-fonts.ts');
  return uncertain.flatMap((name) => {
    const missing = listUndrawable(name);
    return missing.length > 0
      ? [
          {
            check: 'pictures',
            what: `no installed font has the characters “${missing.join('')}” in ${name}, so pictures for sharing show its slug instead`,
            fix: 'install a font that has them, such as Debian’s fonts-noto-core or fonts-noto-cjk, or accept it',
          },
        ]
      : [];
  });
}
