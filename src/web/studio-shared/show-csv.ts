import type { PageContext } from '../layout/page.tsx';

/** Rows as a file, with a header, which a spreadsheet opens without running any of it. */
export async function showCsv(c: PageContext, name: string, rows: readonly object[]): Promise<Response> {
  const { stringify } = await import('csv-stringify/sync');
  const text = stringify([...rows], {
    header: true,
    escape_formulas: true,
    record_delimiter: 'windows',
    cast: { date: (at) => at.toISOString() },
  });
  return c.body(text, 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': `attachment; filename="${name}"`,
  });
}
