import type { Database, Statement } from "better-sqlite3";

/** A member of a record and the columns it is stored in. */
export interface Field<Record> {
  readonly name: keyof Record;
  readonly columns: readonly string[];
  /** Adds one value for each column. */
  bind(record: Record, parameters: unknown[]): void;
}

/** Says which members of `record` are present, as a bit for each field, and collects their values. */
export function bindPresent<Record>(
  fields: readonly Field<Record>[],
  record: Record,
  parameters: unknown[],
): number {
  let present = 0;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index];
    if (field === undefined || record[field.name] === undefined) continue;
    present |= 1 << index;
    field.bind(record, parameters);
  }
  return present;
}

/**
 * Prepared updates of exactly the columns that change, one statement for each combination that occurs: SQLite maintains
 * an index only when one of its columns is assigned, so a due time that stays costs nothing.
 */
export function partialUpdates<Record>(
  db: Database,
  fields: readonly Field<Record>[],
  sqlOf: (assignments: readonly string[]) => string,
): (present: number) => Statement {
  const statements = new Map<number, Statement>();
  return (present) => {
    const known = statements.get(present);
    if (known !== undefined) return known;
    const columns = fields.flatMap((field, index) => ((present & (1 << index)) === 0 ? [] : field.columns));
    const statement = db.prepare(sqlOf(columns.map((column) => `${column} = ?`)));
    statements.set(present, statement);
    return statement;
  };
}
