import stringWidth from 'string-width';

/** Aligned columns of text. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows.reduce<number[]>(
    (widths, row) => row.map((cell, index) => Math.max(widths[index] ?? 0, stringWidth(String(cell)))),
    [],
  );
  return rows
    .map((row) =>
      row
        .map(
          (cell, index) =>
            `${cell}${' '.repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(String(cell))))}`,
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const BAR_WIDTH = 30;

/** The bar is full if the total is 0. */
export function progressBar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.round((BAR_WIDTH * done) / total);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}
