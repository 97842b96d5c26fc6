export type Delimiter = ',' | ';' | '\t';

export interface CsvRecord {
  /** The number of its first line, counted from 1. */
  line: number;
  /** Trimmed cells; undefined for a record that cannot be read. */
  cells: readonly string[] | undefined;
  /** For a record that cannot be read: its first line, and the reason. */
  broken?: { text: string; problem: string };
}

/** A table of texts: CSV, or JSON Lines with one object per line. */
export interface TableFile {
  header: readonly string[];
  /** Undefined for JSON Lines. */
  delimiter: Delimiter | undefined;
  /** Yields the records of one piece of text at a time. */
  records: AsyncGenerator<CsvRecord[]>;
}
