import { benchChoices } from './choices.ts';
import { benchLoad } from './load.ts';
import { benchLedger } from './ledger.ts';
import { benchClose } from './close.ts';
import { benchImport, benchMillion, benchStudio } from './million.ts';
import { benchPast } from './past.ts';
import { benchScale } from './scale.ts';
import { benchRender } from './render.ts';
import { benchSending } from './sending.ts';
import { benchSignUps } from './sign-ups.ts';
import { benchVotePage } from './vote-page.ts';
import { benchVotes } from './votes.ts';
import { benchWebhooks } from './webhooks.ts';

const BENCHES: Record<string, () => Promise<void>> = {
  render: benchRender,
  sending: benchSending,
  choices: benchChoices,
  ledger: benchLedger,
  webhooks: benchWebhooks,
  million: benchMillion,
  studio: benchStudio,
  import: benchImport,
  'sign-ups': benchSignUps,
  votes: benchVotes,
  'vote-page': benchVotePage,
  close: benchClose,
  past: benchPast,
  scale: benchScale,
  load: benchLoad,
};

/** `npm run bench` runs all but the five longest benches, `npm run bench -- sending` only that one. */
const [, , name] = process.argv;
const { million: _, studio: __, import: ___, load: ____, scale: _____, ...shorter } = BENCHES;
const chosen = name === undefined ? Object.values(shorter) : [BENCHES[name]];
for (const bench of chosen) {
  if (!bench) {
    console.error(`There is no bench "${name}"; there are ${Object.keys(BENCHES).join(' and ')}.`);
    process.exit(2);
  }
  await bench();
}
process.exit();
