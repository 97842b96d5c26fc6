import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { Letter } from '../../emails/_parts/letter/letter.ts';
import { reasonOf, shareOf } from '../../emails/_parts/frame/footer-words.ts';
import { invitation, voteNote } from '../../emails/_parts/issue/opening-words.ts';
import { notesOf } from '../../emails/_parts/issue/recap-words.ts';
import { sampleContent, sampleImprint } from '../../emails/_parts/content/sample.ts';
import type { EntryPrice } from '../../src/database/schema.ts';
import { describePricing, describeSplit } from '../../src/issues/write/_phrases.ts';
import { listPreheaders, listSubjects } from '../../src/issues/write/subject.ts';
import { describeVerdicts } from '../../src/issues/write/_verdict.ts';
import { makeTool, REVIEWERS } from '../support/facts.ts';

/** `npm run test:words`: every text that the product writes, for every combination that the facts allow, in good English. */
const WEEKS = Array.from({ length: 12 }, (_, index) => `2026-W${20 + index}`);
const PRICES: EntryPrice[] = ['free', 'freemium', 'trial', 'paid', 'contact'];
const NAMES = ['Wrenstitch', 'Plinthrun'] as const;
const FOLDER = fileURLToPath(new URL('../../emails', import.meta.url));

let linter: Linter;

beforeAll(async () => {
  linter = await openLinter();
  await linter.importWords([
    ...NAMES,
    'Harborlight',
    'Quillbench',
    'Mossgate',
    'Fernwick',
    'Ovenbird',
    'Tallyrook',
    'Copperline',
  ]);
});

/** What is used of harper.js. It is installed beside this file only, so its types are not there for `npm run check`. */
interface Linter {
  setup: () => Promise<void>;
  importWords: (words: string[]) => Promise<void>;
  lint: (text: string) => Promise<{ message: () => string; get_problem_text: () => string }[]>;
}

interface Harper {
  LocalLinter: new (options: { binary: unknown; dialect: unknown }) => Linter;
  Dialect: { American: unknown };
}

async function openLinter(): Promise<Linter> {
  // By variables, so that TypeScript does not look for them.
  const harper: string = 'harper.js';
  const binary: string = 'harper.js/binary';
  const { LocalLinter, Dialect } = (await import(harper)) as Harper;
  const opened = new LocalLinter({
    ...((await import(binary)) as { binary: unknown }),
    dialect: Dialect.American,
  });
  await opened.setup();
  return opened;
}

/** Each with the first text that it is in. */
async function findMistakes(texts: Iterable<string>): Promise<string[]> {
  const found = new Map<string, string>();
  for (const text of new Set(texts)) {
    for (const lint of await linter.lint(text)) {
      const mistake = `${lint.message()} “${lint.get_problem_text()}”`;
      found.set(mistake, found.get(mistake) ?? text);
    }
  }
  return [...found].map(([mistake, text]) => `${mistake} in: ${text}`);
}

/** Panels of four, and of four and three. */
function* listPairs() {
  for (let a = 0; a <= REVIEWERS.length; a++) {
    for (let b = 0; b <= REVIEWERS.length; b++) {
      for (const price of PRICES) {
        for (const other of PRICES) {
          const [one, two] = [
            makeTool(NAMES[0], a, { entry_price: price }),
            makeTool(NAMES[1], b, { entry_price: other }),
          ];
          yield [one, two] as const;
          yield [one, { ...two, reviews: two.reviews.slice(1) }] as const;
        }
      }
    }
  }
}

test('verdicts, splits and prices', { timeout: 120_000 }, async () => {
  const texts = new Set<string>();
  for (const pair of listPairs()) {
    for (const week of WEEKS) {
      describeVerdicts([pair], week).forEach((text) => texts.add(text));
    }
    texts.add(describeSplit(pair)).add(describePricing(pair));
  }
  expect(texts.size).toBeGreaterThan(1_000);
  expect(await findMistakes(texts)).toEqual([]);
});

test('subjects and preheaders', { timeout: 120_000 }, async () => {
  const texts = new Set<string>();
  for (const lead of listPairs()) {
    for (const headlines of [[], ['Mossgate vs Tallyrook', 'Fernwick vs Ovenbird']]) {
      const lines = { week: WEEKS[0]!, lead, headlines };
      [...listSubjects(lines), ...listPreheaders(lines)]
        // Of shortened names a checker knows nothing.
        .filter(({ text }) => !text.includes('…'))
        .forEach(({ text }) => texts.add(text));
    }
  }
  expect(texts.size).toBeGreaterThan(200);
  expect(await findMistakes(texts)).toEqual([]);
});

test('what the mail says around them', async () => {
  const { recap } = sampleContent;
  const imprints = [sampleImprint, { ...sampleImprint, panel_label: '', reads_replies: false }];
  const counts = [
    { votes: 1, voters: 1, held: 0, too_close: [], widest_gap: null },
    { votes: 1_204, voters: 431, held: 1, too_close: ['Mossgate vs Tallyrook'] },
  ].map((counted) => ({ ...recap!, ...counted }));
  const texts = [
    voteNote(sampleContent),
    `${invitation(sampleContent)}.`,
    ...imprints.flatMap((imprint) => [reasonOf(imprint), shareOf(imprint)]),
    ...[recap!, ...counts].flatMap(notesOf),
  ];
  expect(await findMistakes(texts)).toEqual([]);
});

const LETTERS = readdirSync(FOLDER).filter((file) => file.endsWith('.tsx') && file !== 'weekly-issue.tsx');

test.each(LETTERS)('%s', async (file) => {
  const module = (await import(`../../emails/${file}`)) as Record<string, unknown>;
  const { PreviewProps } = module.default as { PreviewProps: object };
  const name = file.slice(0, -4).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const letter = (module[name] as (props: object) => Letter)(PreviewProps);
  const paragraphs = letter.blocks.filter((block) => typeof block === 'string');
  const texts = [letter.subject, letter.preheader, letter.heading, letter.reason, ...paragraphs];
  expect(await findMistakes(texts)).toEqual([]);
});
