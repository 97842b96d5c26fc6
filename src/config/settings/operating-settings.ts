import * as z from 'zod';
import { optionalText, wholeNumber } from './setting-types.ts';

/** For whoever watches the processes. */
export const operatingSettings = {
  HEALTH_PORT: wholeNumber(0, 0, 65_535),
  METRICS_PORT: wholeNumber(0, 0, 65_535),
  BACKUP_FOLDER: optionalText,
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalText.refine(
    (value) => value === undefined || /^https?:$/.test(URL.parse(value)?.protocol ?? ''),
    { error: 'must be the URL of a collector, for example http://localhost:4318' },
  ),
  TRACED_EVENTS_PERCENT: wholeNumber(1, 0, 100),
};

export function readOperatingSettings(value: z.infer<z.ZodObject<typeof operatingSettings>>) {
  return {
    /** The port on which a stand-alone worker serves /healthz and /readyz; undefined for none. */
    healthPort: value.HEALTH_PORT || undefined,
    /** The port on which a process serves /metrics; undefined for none. */
    metricsPort: value.METRICS_PORT || undefined,
    /** Where backups are written as files; undefined if they are made otherwise. */
    backupFolder: value.BACKUP_FOLDER,
    /** Where traces are sent; undefined for nowhere. */
    tracesUrl: value.OTEL_EXPORTER_OTLP_ENDPOINT,
    /** The percentage of Resend's events that are traced. */
    tracedEventsPercent: value.TRACED_EVENTS_PERCENT,
  };
}
