export type Delimiter = ',' | ';' | '\t';

export interface CsvRecord {
  /** Of its first line, counted from 1. */
  line: number;
  /** Trimmed; undefined for a record that cannot be read. */
  cells: readonly string[] | undefined;
  /** Of a record that cannot be read: its first line, and why. */
  broken?: { text: string; problem: string };
}

/** A table of texts: CSV, or JSON Lines with one object a line. */
export interface TableFile {
  header: readonly string[];
  /** Undefined for JSON Lines. */
  delimiter: Delimiter | undefined;
  /** Those of one piece of text at a time. */
  records: AsyncGenerator<CsvRecord[]>;
}
