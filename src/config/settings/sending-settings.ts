import * as z from 'zod';
import { optionalText } from './setting-types.ts';

const MAX_WINDOW = 100_000;

function percent(fallback: number) {
  return optionalText
    .transform((value) => value ?? String(fallback))
    .pipe(
      z
        .string()
        .regex(/^\d+(\.\d+)?$/, `must be a percentage, for example ${fallback}`)
        .transform(Number)
        .pipe(z.number().max(100, 'must be at most 100')),
    );
}

/** The first day of a warm-up. */
export const warmUpStart = optionalText.refine((value) => value === undefined || isDay(value), {
  error: 'must be a date (the first day of sending from a new domain), for example 2026-12-01',
});

/** When an issue is paused automatically, and how a new domain is warmed up. */
export const sendingSettings = {
  STOP_WINDOW: optionalText
    .transform((value) => value ?? '1000')
    .refine((value) => /^\d{3,6}$/.test(value) && Number(value) >= 100 && Number(value) <= MAX_WINDOW, {
      error: `must be a whole number from 100 to ${MAX_WINDOW}, for example 1000`,
    })
    .transform(Number),
  STOP_BOUNCE_PERCENT: percent(4),
  STOP_COMPLAINT_PERCENT: percent(0.08),
  WARM_UP_FROM: warmUpStart,
  WARM_UP_CEILINGS: optionalText
    .transform((value) => value ?? '150,300,600,1200,2400,4800,9600,19200,38400,76800')
    .refine((value) => value.split(',').every((ceiling) => /^\s*[1-9]\d{0,8}\s*$/.test(ceiling)), {
      error: 'must be comma-separated numbers of mails per day, for example 150,300,600',
    })
    .transform((value) => value.split(',').map(Number)),
};

type SendingValues = z.infer<z.ZodObject<typeof sendingSettings>>;

export function readSendingSettings(value: SendingValues) {
  return {
    /** Percentages of an issue's last `window` submitted mails. */
    autoPause: {
      window: value.STOP_WINDOW,
      bouncePercent: value.STOP_BOUNCE_PERCENT,
      complaintPercent: value.STOP_COMPLAINT_PERCENT,
    },
    /** Maximum mails per UTC day, one entry per day from `from` on, then unlimited; undefined without a warm-up. */
    warmUp: readWarmUp(value.WARM_UP_FROM, value.WARM_UP_CEILINGS),
  };
}

export interface WarmUp {
  from: string;
  ceilings: readonly number[];
}

export function readWarmUp(from: string | undefined, ceilings: readonly number[]): WarmUp | undefined {
  return from === undefined ? undefined : { from, ceilings };
}

function isDay(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && new Date(value).toJSON()?.slice(0, 10) === value;
}
