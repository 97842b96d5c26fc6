import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attributes } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { maskAddresses, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

const NAME = 'weekly-verdicts';
const CLOSE_MS = 1_000;
const REPORT_EVERY_MS = 3_600_000;

/** What is traced together: everything that happens to one issue of an installation. */
export interface TracedIssue {
  installation: string;
  week: string;
}

/** Follows an issue from its draft to the events of its mails. */
export interface Tracing {
  /** Runs `act` as a span of the issue's trace, and adds what `describe` says of its result; errors are recorded and rethrown. */
  traceIssue: <Result>(
    issue: TracedIssue,
    name: string,
    act: () => Promise<Result>,
    describe?: (result: Result) => Attributes,
  ) => Promise<Result>;
  close: () => Promise<void>;
}

export const NO_TRACING: Tracing = {
  traceIssue: (_issue, _name, act) => act(),
  close: () => Promise.resolve(),
};

/** The span that every other one of the issue belongs to. */
const ROOT = 'draft';

/**
 * Sends spans to an OpenTelemetry collector, by OTLP over HTTP as JSON; `url` is its address without `/v1/traces`. An
 * issue is handled for weeks by many processes: its trace ids are derived from its week, so that no context has to be
 * propagated.
 */
export async function openTracing(url: string, role: string, log: Log): Promise<Tracing> {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new OTLPTraceExporter({ url: `${url.replace(/\/$/, '')}/v1/traces` });
  const random = new sdk.RandomIdGenerator();
  let ids: { traceId: string; spanId: string } | undefined;
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': NAME, 'service.instance.role': role }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: reportFailures(exporter, log) })],
    idGenerator: {
      generateTraceId: () => ids?.traceId ?? random.generateTraceId(),
      generateSpanId: () => ids?.spanId ?? random.generateSpanId(),
    },
  });
  const tracer = provider.getTracer(NAME);
  // The root's ids are known before it begins; the others' are random.
  const startRoot = (issue: TracedIssue) => {
    ids = idsOf(issue);
    const span = tracer.startSpan(ROOT, {}, api.ROOT_CONTEXT);
    ids = undefined;
    return span;
  };
  // The context of a span that belongs to the root, which may have ended long ago in another process.
  const within = (issue: TracedIssue) => {
    const root = { ...idsOf(issue), traceFlags: api.TraceFlags.SAMPLED, isRemote: true };
    return api.trace.setSpanContext(api.ROOT_CONTEXT, root);
  };
  return {
    traceIssue: async (issue, name, act, describe) => {
      const span = name === ROOT ? startRoot(issue) : tracer.startSpan(name, {}, within(issue));
      span.setAttribute('week', issue.week);
      try {
        const result = await act();
        span.setAttributes(describe?.(result) ?? {});
        return result;
      } catch (error) {
        span.setStatus({ code: api.SpanStatusCode.ERROR, message: maskAddresses(messageOf(error)) });
        throw error;
      } finally {
        span.end();
      }
    },
    // Remaining spans have CLOSE_MS to reach the collector; shutdown waits no longer than that.
    close: () =>
      Promise.race([provider.shutdown().catch(() => undefined), sleep(CLOSE_MS, undefined, { ref: false })]),
  };
}

/** An unreachable collector is logged at most once an hour; only traces are lost. */
function reportFailures(exporter: SpanExporter, log: Log): SpanExporter {
  let reported_ms = Number.NEGATIVE_INFINITY;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error && performance.now() - reported_ms > REPORT_EVERY_MS) {
          reported_ms = performance.now();
          log.warn({ reason: result.error.message }, 'traces could not be sent');
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

/** W3C Trace Context, section 3.2.2: 16 and 8 bytes in hexadecimal. */
function idsOf({ installation, week }: TracedIssue): { traceId: string; spanId: string } {
  const hash = createHash('sha256').update(`${installation} ${week}`).digest('hex');
  return { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48) };
}
