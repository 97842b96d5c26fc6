import type { Config, LaneConfig } from '../../config/config.ts';
import type { Context, ResendAccess } from '../../context.ts';
import { BATCH_QUEUES, type BatchQueue } from '../../queue/queue.ts';

/** A Resend team and one of its domains, through which mails go, with a limit, a warm-up and a stop of its own. */
export interface Lane extends Omit<LaneConfig, 'webhookSecret'> {
  webhookSecret: string;
  /** The first lane with the same key: a rate limit is a team's, whatever domains it sends from (docs/resend.md, rate limit). */
  team: number;
}

/** Lane 1 and the further lanes in the settings. */
export function listLanes(config: Config): [Lane, ...Lane[]] {
  const first: Lane = {
    number: 1,
    team: 1,
    apiKey: config.resendApiKey,
    webhookSecret: config.webhookSecret,
    mailFrom: config.mailFrom,
    warmUp: config.warmUp,
  };
  const lanes: [Lane, ...Lane[]] = [first];
  for (const lane of config.furtherLanes) {
    const teammate = lanes.find(({ apiKey }) => apiKey === lane.apiKey);
    lanes.push({
      ...lane,
      team: teammate?.team ?? lane.number,
      webhookSecret: lane.webhookSecret ?? teammate?.webhookSecret ?? config.webhookSecret,
    });
  }
  return lanes;
}

/** Undefined for a lane that is no longer in the settings. */
export function findLane(config: Config, number: number): Lane | undefined {
  return listLanes(config).find((lane) => lane.number === number);
}

/** With several lanes, what goes wrong in one of them stops that one alone. */
export function hasSeveralLanes({ furtherLanes }: Config): boolean {
  return furtherLanes.length > 0;
}

export function domainOf({ mailFrom }: Pick<Lane, 'mailFrom'>): string {
  return /@([^<>@]+)>?$/.exec(mailFrom)?.[1]?.toLowerCase() ?? '';
}

/** A setting of a lane: those of lane 1 have no number. */
export function settingOf({ number }: Pick<Lane, 'number'>, name: string): string {
  return number === 1 ? name : `${name}_${number}`;
}

/** The queue of a lane's batches; that of lane 1 for a lane that has none. */
export function batchQueueOf(lane: number): BatchQueue {
  return BATCH_QUEUES[lane as keyof typeof BATCH_QUEUES] ?? BATCH_QUEUES[1];
}

/** The API of the lane's team. */
export function accessOf(context: Context, { number }: Lane): ResendAccess {
  return context.furtherLanes.get(number) ?? context;
}
