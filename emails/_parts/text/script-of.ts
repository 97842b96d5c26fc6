/** Language (for screen readers) and direction of the scripts that an English mail must mark up. */
const SCRIPTS: readonly [RegExp, { lang: string; dir: 'ltr' | 'rtl' }][] = [
  [/^\p{Script=Arabic}/u, { lang: 'ar', dir: 'rtl' }],
  [/^\p{Script=Hebrew}/u, { lang: 'he', dir: 'rtl' }],
  [/^[\p{Script=Hiragana}\p{Script=Katakana}]/u, { lang: 'ja', dir: 'ltr' }],
  [/^\p{Script=Hangul}/u, { lang: 'ko', dir: 'ltr' }],
  [/^\p{Script=Han}/u, { lang: 'zh', dir: 'ltr' }],
  [/^\p{Script=Cyrillic}/u, { lang: 'ru', dir: 'ltr' }],
  [/^\p{Script=Greek}/u, { lang: 'el', dir: 'ltr' }],
];

/** Attributes for a text in another script: that of most letters, but Japanese if more than a fifth of them are kana. */
export function scriptOf(text: string): { lang: string; dir: 'ltr' | 'rtl' } | Record<string, never> {
  const letters = text.match(/\p{L}/gu) ?? [];
  const found = SCRIPTS.find(([script]) => {
    const count = letters.filter((letter) => script.test(letter)).length;
    return script.source.includes('Hiragana') ? count * 5 > letters.length : count * 2 > letters.length;
  });
  return found?.[1] ?? {};
}
