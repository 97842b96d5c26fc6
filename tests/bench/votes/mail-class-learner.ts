import { THRESHOLDS } from '../../../src/config/settings/judging-settings.ts';
import type { LearnedMailClass, MailClass } from '../../../src/database/schema.ts';
import { type Figures, learnClass } from '../../../src/votes/learn/_learn-class.ts';
import { isBulkOpened, type Ledger, time } from './ledger.ts';
import type { Domain } from './population.ts';

/** What has been learned about domains and mail hosts so far, by the service's own function. */
export interface MailClassLearner {
  classOf: (domain: Domain) => MailClass;
  /** Learns from a week's deliveries, and from what was opened and pressed so far. */
  addWeek: (ledgers: readonly Ledger[]) => void;
  learn: () => void;
  /** Adds whether a person was seen in the mails of a week that has ended. */
  endWeek: (ledgers: readonly Ledger[]) => void;
}

const WEEKLY_DECAY = 0.5 ** (7 / THRESHOLDS.learn_half_life_days);

export function openLearner(domains: readonly Domain[]): MailClassLearner {
  const figures = new Map<string, Figures>();
  const learned = new Map<string, LearnedMailClass>();
  const figuresOf = (key: string): Figures => {
    const found = figures.get(key) ?? { deliveries: 0, swept: 0, early: 0, voted_early: 0, untouched: 0 };
    figures.set(key, found);
    return found;
  };
  return {
    classOf: (domain) => {
      const [byDomain = '', byHost = ''] = keysOf(domain);
      return learned.get(byDomain) ?? learned.get(byHost) ?? domain.known_class;
    },
    addWeek: (ledgers) => {
      figures.forEach(age);
      for (const domain of domains) {
        keysOf(domain).forEach((key) => (figuresOf(key).deliveries += domain.readers.length));
      }
      for (const ledger of ledgers) {
        keysOf(ledger.plan.reader.domain).forEach((key) => addLedger(figuresOf(key), ledger));
      }
    },
    endWeek: (ledgers) => {
      for (const { plan, casts, opens } of ledgers) {
        const isTouched = casts.some(
          ({ hand_at, is_remembered, way }) => hand_at !== null || is_remembered || way !== 'automatic',
        );
        if (opens.size > 0 && !isTouched) {
          keysOf(plan.reader.domain).forEach((key) => (figuresOf(key).untouched += 1));
        }
      }
    },
    learn: () => {
      learned.clear();
      for (const domain of domains) {
        for (const key of keysOf(domain)) {
          const learnt = learnClass(figuresOf(key), domain.known_class, domain.known_class, THRESHOLDS);
          if (learnt) {
            learned.set(key, learnt);
          }
        }
      }
    },
  };
}

function keysOf({ name, mail_host }: Domain): string[] {
  return [`domain ${name}`, `host ${mail_host}`];
}

function age(figures: Figures): void {
  figures.deliveries *= WEEKLY_DECAY;
  figures.swept *= WEEKLY_DECAY;
  figures.early *= WEEKLY_DECAY;
  figures.voted_early *= WEEKLY_DECAY;
  figures.untouched *= WEEKLY_DECAY;
}

function addLedger(figures: Figures, ledger: Ledger): void {
  const firsts = [...ledger.opens.values()].map(({ first_at }) => first_at.getTime());
  figures.swept += Number(isBulkOpened(ledger));
  figures.early += Number(Math.min(...firsts) < time(THRESHOLDS.learn_opened_minutes * 60).getTime());
  figures.voted_early += Number(ledger.pressed_early);
}
