import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { COUNTERS, DURATIONS, type Metrics } from './metrics.ts';

const PREFIX = 'verdicts_';
/** In seconds: from a page served from memory to a webhook retried for a day. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 60, 600, 3_600, 86_400];

/** A gauge that is read at each scrape: its name without prefix, its help text, and its values by label. */
export interface Reading {
  name: string;
  help: string;
  label?: string;
  values: ReadonlyMap<string, number> | number;
}

export interface Prometheus extends Metrics {
  contentType: string;
  /** All metrics in Prometheus's text format, with what `read` finds now. */
  expose: () => Promise<string>;
}

/** Counters are kept in this process; `read` is called at each scrape for what is in the database. */
export function openPrometheus(read: () => Promise<Reading[]>): Prometheus {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = mapEntries(
    COUNTERS,
    (name, [label, help]) =>
      new Counter({ name: `${PREFIX}${name}_total`, help, labelNames: [label], registers: [registry] }),
  );
  const durations = mapEntries(
    DURATIONS,
    (name, [label, help]) =>
      new Histogram({
        name: `${PREFIX}${name}_seconds`,
        help,
        labelNames: [label],
        buckets: BUCKETS,
        registers: [registry],
      }),
  );
  const responses = new Counter({
    name: `${PREFIX}responses_total`,
    help: 'Responses by route and status',
    labelNames: ['route', 'status'],
    registers: [registry],
  });
  const isReadable = new Gauge({
    name: `${PREFIX}database_readable`,
    help: '1 if what is in the database could be read for this scrape',
    registers: [registry],
  });
  return {
    count: (counter, label) => counters[counter].inc({ [COUNTERS[counter][0]]: label }),
    observe: (duration, label, seconds) =>
      durations[duration].observe({ [DURATIONS[duration][0]]: label }, seconds),
    respond: (route, status, seconds) => {
      responses.inc({ route, status: String(status) });
      durations.request.observe({ route }, seconds);
    },
    contentType: registry.contentType,
    expose: async () => {
      const readings = await read()
        .then(registerReadings)
        .catch(() => undefined);
      isReadable.set(readings ? 1 : 0);
      return Registry.merge([registry, ...(readings ? [readings] : [])]).metrics();
    },
  };
}

/** A new registry for each scrape: the labels of readings vary, and a permanent registry would keep every old one. */
function registerReadings(readings: readonly Reading[]): Registry {
  const registry = new Registry();
  for (const { name, help, label, values } of readings) {
    const labelName = label ?? 'name';
    const labelNames = typeof values === 'number' ? [] : [labelName];
    const gauge = new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers: [registry] });
    if (typeof values === 'number') {
      gauge.set(values);
    } else {
      values.forEach((value, key) => gauge.set({ [labelName]: key }, value));
    }
  }
  return registry;
}

function mapEntries<Key extends string, From, To>(
  entries: Readonly<Record<Key, From>>,
  map: (key: Key, value: From) => To,
): Record<Key, To> {
  return Object.fromEntries(
    (Object.entries(entries) as [Key, From][]).map(([key, value]) => [key, map(key, value)]),
  ) as Record<Key, To>;
}
