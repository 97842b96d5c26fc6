import type { Finding } from '../finding/finding.ts';
import { listVisibleTexts } from '../finding/visible-text.ts';

/** Wording that spam filters and readers treat as advertising. */
const SPAM_PRONE: readonly [RegExp, string][] = [
  [/!{2,}/, 'exclamation marks in a row'],
  [/[$€£]{2,}/, 'currency signs in a row'],
  [
    /\b(?:act now|buy now|order now|click here|risk[- ]free|100% free|no obligation|limited time|make money|earn money|cash bonus|you(?:’|')?re a winner|congratulations|urgent)\b/i,
    'an advertising phrase',
  ],
];
/** Placeholders that other services replace, for example with a name; here readers would see them. */
const PLACEHOLDER = /\{\{.*?\}\}|\{%.*?%\}|\*\|.*?\|\*|<%.*?%>|\$\{.*?\}|\[\[.*?\]\]|%\w+(?:[.-]\w+)*%/u;
const MAX_CAPITALIZED_WORDS = 2;

interface Words {
  subject: string;
  preheader: string;
  introduction?: string;
  /** Names of tools, which may be in capitals. */
  names?: readonly string[];
}

export function checkWords({ subject, preheader, introduction = '', names = [] }: Words): Finding[] {
  return [
    ...checkPlaceholders('subject', subject),
    ...checkPlaceholders('preheader', preheader),
    ...checkPlaceholders('introduction', introduction),
    ...checkLength('subject', subject, 30, 60),
    ...checkLength('preheader', preheader, 40, 110),
    ...checkWording('subject', subject, names),
    ...checkWording('preheader', preheader, names),
    ...(subject === preheader
      ? [{ check: 'preheader', what: 'is the same as the subject', fix: 'write a different one' }]
      : []),
  ];
}

/** Advertising phrases allowed in a whole mail: a reviewer may well write "click here". */
const MAX_PHRASES = 2;

/** Checks the body for the same wording. */
export function checkBodyWords(html: string): Finding[] {
  const texts = listVisibleTexts(html).map(({ text }) => text);
  const found = texts.flatMap((text) =>
    SPAM_PRONE.flatMap(([pattern]) => text.match(new RegExp(pattern, `${pattern.flags}g`)) ?? []),
  );
  return found.length > MAX_PHRASES
    ? [
        {
          check: 'words',
          what: `${found.length} phrases or symbols that spam filters treat as advertising`,
          where: found
            .slice(0, 5)
            .map((phrase) => `“${phrase}”`)
            .join(', '),
          fix: `at most ${MAX_PHRASES} are allowed, so reword the content`,
        },
      ]
    : [];
}

function checkLength(check: string, text: string, min: number, max: number): Finding[] {
  const length = Array.from(text).length;
  return length < min || length > max
    ? [
        {
          check,
          what: `has ${length} characters`,
          fix: `use ${min} to ${max} characters, which inboxes show well`,
        },
      ]
    : [];
}

function checkPlaceholders(check: string, text: string): Finding[] {
  const [placeholder] = PLACEHOLDER.exec(text) ?? [];
  return placeholder === undefined
    ? []
    : [
        {
          check,
          what: 'has a placeholder, which nothing will replace',
          where: `“${placeholder}”`,
          fix: 'write the text without it',
        },
      ];
}

function checkWording(check: string, text: string, names: readonly string[]): Finding[] {
  const inNames = new Set(names.flatMap(capitalizedIn));
  const capitalized = capitalizedIn(text).filter((word) => !inNames.has(word));
  return [
    ...SPAM_PRONE.filter(([pattern]) => pattern.test(text)).map(([pattern, name]) => ({
      check,
      what: `has ${name}`,
      where: `“${pattern.exec(text)?.[0] ?? ''}”`,
      fix: 'say it plainly',
    })),
    ...(capitalized.length > MAX_CAPITALIZED_WORDS
      ? [
          {
            check,
            what: 'is in capitals',
            where: `“${capitalized.join(' ')}”`,
            fix: 'write it in lower case',
          },
        ]
      : []),
  ];
}

function capitalizedIn(text: string): string[] {
  return text.match(/\b\p{Lu}{4,}\b/gu) ?? [];
}
