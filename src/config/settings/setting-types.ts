import * as z from 'zod';

/** Undefined when it is empty. */
export const optionalText = z
  .string()
  .trim()
  .optional()
  .transform((value) => value || undefined);

export function text(fallback: string) {
  return optionalText.transform((value) => value ?? fallback);
}

export function wholeNumber(fallback: number, min: number, max: number) {
  return text(String(fallback)).pipe(
    z
      .string()
      .regex(/^\d+$/, `must be a whole number, for example ${fallback}`)
      .transform(Number)
      .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`)),
  );
}

/** The value that `normalize` returns; a problem if it returns undefined. */
export function normalized(normalize: (value: string) => string | undefined, error: string) {
  return optionalText.transform((value, issues) => {
    const result = value === undefined ? undefined : normalize(value);
    if (value !== undefined && result === undefined) {
      issues.addIssue(error);
    }
    return result;
  });
}
