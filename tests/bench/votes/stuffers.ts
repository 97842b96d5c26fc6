import type { SeededRandom } from '../../support/seeded-random.ts';
import { addReader, type Domain, type Mix, type Reader } from './population.ts';
import { type Answer, type Plan, TOOLS } from './week.ts';

/**
 * Somebody who wants Skip to win, and how they obtained their mailboxes. `one network`: signed up from one place; `one
 * domain`: at a domain of their own, each through another proxy; `tags`: one mailbox under many spellings; `one
 * source`: signed up through proxies, but voting from one place; `aged`: like `one network`, but five weeks before; `many
 * origins`: mailboxes at large hosts, through residential proxies; `exchange`: that many people who do each other
 * favours.
 */
export type StufferKind =
  | 'one network'
  | 'one domain'
  | 'tags'
  | 'one source'
  | 'aged'
  | 'many origins'
  | 'exchange';

const DAY = 86_400;
/**
 * This many readers of an origin joined before anybody could know that it is a crowd; see `place` in docs/glossary.md.
 */
const UNMARKED = 4;

/**
 * The stuffer's readers and what they do in the week that matters: human interaction on every page, and Skip for every
 * tool.
 */
export function planStuffer(kind: StufferKind, mailboxes: number, mix: Mix, random: SeededRandom): Plan[] {
  const domain: Domain = {
    name: 'consumer-0.example',
    mail_host: 'google.com',
    known_class: 'clean',
    scanner: undefined,
    readers: [],
  };
  return Array.from({ length: mailboxes }, (_, index) => {
    const reader = addReader(domain, mix.readers + index, mix, random);
    reader.stuffs = true;
    reader.has_scripts = true;
    reader.origins = originsOf(kind, index);
    reader.network = kind === 'one source' ? 'the stuffer’s network' : undefined;
    return { reader, answers: answer(random), openings: [] };
  });
}

function originsOf(kind: StufferKind, index: number): string[] {
  switch (kind) {
    case 'one network':
    case 'one domain':
    case 'tags':
      return [`the stuffer’s ${kind}`];
    case 'aged':
      return index < UNMARKED ? [] : ['the stuffer’s network'];
    case 'one source':
    case 'many origins':
    case 'exchange':
      return [`home of stuffer ${index}`];
  }
}

function answer(random: SeededRandom): Answer[] {
  let at = 1_800 + random.next() * DAY;
  return Array.from({ length: TOOLS }, (_, tool) => {
    at += 3 + random.next() * 20;
    return {
      tool,
      choice: 'skip',
      at,
      by: tool === 0 ? 'link' : 'ballot',
      is_tab: false,
      is_correction: false,
      hand_after: 2,
      would_tap: true,
    };
  });
}

export function isNewReader({ origins }: Reader): boolean {
  return origins.length > 0;
}
