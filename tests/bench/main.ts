import { benchRender } from './render.ts';
import { benchSending } from './sending.ts';
import { benchVotePage } from './vote-page.ts';
import { benchVotes } from './votes.ts';
import { benchWebhooks } from './webhooks.ts';

const BENCHES: Record<string, () => Promise<void>> = {
  render: benchRender,
  sending: benchSending,
  webhooks: benchWebhooks,
  votes: benchVotes,
  'vote-page': benchVotePage,
};

/** `npm run bench` runs all, `npm run bench -- sending` one. */
const [, , name] = process.argv;
const chosen = name === undefined ? Object.values(BENCHES) : [BENCHES[name]];
for (const bench of chosen) {
  if (!bench) {
    console.error(`There is no bench "${name}"; there are ${Object.keys(BENCHES).join(' and ')}.`);
    process.exit(2);
  }
  await bench();
}
process.exit();
