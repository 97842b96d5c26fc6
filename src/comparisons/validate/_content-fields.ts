import * as z from 'zod';
import { findForbidden, isVisible } from './forbidden-characters.ts';
import type { Pictures } from '../parse/read-pictures.ts';

const DATE_FORMAT = z.iso.date();
/** With and without seconds. */
const INSTANT_FORMATS = [z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })];

export const slug = anyText().regex(/^[a-z0-9][a-z0-9-]{0,99}$/, {
  error: 'is not a slug; use 1 to 100 of a-z, 0-9 and hyphens, for example acme-writer',
});

export const day = anyText().refine((value) => DATE_FORMAT.safeParse(value).success && value >= '1900', {
  error: 'is not a valid date; write it as 2026-11-17',
  abort: true,
});

/** The day of something that has happened: at most tomorrow by UTC, since it is already tomorrow in time zones east of it. */
export const pastDay = day.refine((value) => !isFuture(value), { error: 'is in the future' });

export function isFuture(value: string): boolean {
  return Date.parse(value) >= Date.now() + 86_400_000;
}

export const instant = anyText()
  .refine(isInstant, {
    error: 'is not a valid point in time; write date, time and zone as 2026-11-18T09:00:00Z',
  })
  .transform((value) => new Date(value));

/** One line of text for readers; characters are counted as in PostgreSQL (code points). */
export function text(limit: number) {
  return anyText()
    .trim()
    .min(1, { error: 'is empty; add some text' })
    .refine((value) => lengthOf(value) <= limit, {
      error: ({ input }) => `has ${lengthOf(String(input))} characters; shorten it to ${limit}`,
    })
    .refine((value) => !findForbidden(value), {
      error: ({ input }) => `contains ${findForbidden(String(input))}; remove it`,
    })
    .refine((value) => value === '' || isVisible(value), {
      error: 'has nothing that anybody can see; add some text',
    });
}

/** A path or URL of a picture that has been read; becomes the picture's name. */
export function pictureIn(pictures: Pictures) {
  return anyText().transform((source, context) => {
    const picture = pictures.get(source);
    if (picture && 'name' in picture) {
      return picture.name;
    }
    context.addIssue({ code: 'custom', message: picture?.problem ?? 'is empty; name a file or URL' });
    return z.NEVER;
  });
}

export function choice<const Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: describeType(`one of ${names.join(', ')}`) });
}

export function list<Item extends z.ZodType>(item: Item) {
  return z.array(item, { error: describeType('a list in square brackets') });
}

export function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: describeType('an object in curly brackets') });
}

function anyText() {
  return z.string({ error: describeType('text in quotation marks') });
}

function describeType(wanted: string) {
  return ({ input }: { input?: unknown }) =>
    input === undefined ? 'is missing; add it' : `must be ${wanted}`;
}

function isInstant(value: string): boolean {
  return INSTANT_FORMATS.some((format) => format.safeParse(value).success) && value >= '1900';
}

function lengthOf(value: string): number {
  return Array.from(value).length;
}
