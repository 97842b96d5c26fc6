import { sampleContent } from '../../emails/_parts/content/sample.ts';
import { readConfig } from '../../src/config/config.ts';
import { checkIssue } from '../../src/issues/check/check-issue.ts';
import { renderIssue } from '../../src/issues/render/render.tsx';
import { deriveLinkKeys } from '../../src/links/tokens.ts';
import { buildTemplate, personalize } from '../../src/sending/personalize/personal-copy.ts';
import type { OwnVotes } from '../../src/votes/tally/load-own-votes.ts';
import { renderBenchIssue } from './mail.ts';

const WARM = 50;
const READERS = 100_000;
const NO_VOTES: OwnVotes = new Map();

/**
 * How long rendering an issue takes, the first time in a process and later; checking it; and making one reader's copy.
 */
export async function benchRender(): Promise<void> {
  const config = readConfig({ LOG_LEVEL: 'silent' });
  console.log(
    `the first rendering: ${(await timed(() => renderIssue(sampleContent, config))).toFixed(0)} ms`,
  );
  for (let index = 0; index < WARM; index++) {
    await renderIssue(sampleContent, config);
  }
  const again = await timed(async () => {
    for (let index = 0; index < WARM; index++) {
      await renderIssue(sampleContent, config);
    }
  });
  console.log(`once warm: ${(again / WARM).toFixed(1)} ms`);
  const rendering = await renderIssue(sampleContent, config);
  const check = await timed(() => checkIssue(sampleContent, rendering));
  const checkAgain = await timed(() => checkIssue(sampleContent, rendering));
  console.log(`all checks: ${check.toFixed(0)} ms the first time, then ${checkAgain.toFixed(0)} ms`);
  await benchCopies();
}

async function benchCopies(): Promise<void> {
  const keys = deriveLinkKeys(['x'.repeat(32)]);
  const template = buildTemplate(await renderBenchIssue(), [], keys, keys.newest);
  const bytes = Buffer.from(template.skeleton);
  const write = (count: number) => {
    for (let subscriber_id = 1; subscriber_id <= count; subscriber_id++) {
      personalize(bytes, template, { issue_id: 1, subscriber_id, own_votes: NO_VOTES });
    }
  };
  write(READERS / 10);
  const took = await timed(() => write(READERS));
  console.log(`a reader's copy of a 60 kB mail: ${(took / READERS).toFixed(4)} ms`);
}

async function timed(act: () => unknown): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}
