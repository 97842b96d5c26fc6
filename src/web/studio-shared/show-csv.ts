import type { PageContext } from '../layout/page.tsx';

/** Rows as a CSV file with a header; formulas are escaped, so that a spreadsheet runs none of them. */
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
