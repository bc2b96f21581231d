/** A statement. One with a name is prepared once for each connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}

/** A column and its type, as `unnest` needs it. */
export type Column = readonly [name: string, type: string];

/** Rows as the arrays of their columns, for a statement that takes them by {@link unnested}. */
export function byColumn(rows: readonly (readonly unknown[])[], columns: readonly Column[]): unknown[][] {
  return columns.map((_, index) => rows.map((row) => row[index] ?? null));
}

/** Rows that come as one array for each column: so one statement takes any number of them. */
export function unnested(columns: readonly Column[], alias: string): string {
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`);
  return `unnest(${arrays.join(", ")}) AS ${alias} (${namesOf(columns)})`;
}

/** An INSERT of any number of rows. `rest` is a conflict clause, RETURNING, or both. */
export function insertInto(table: string, columns: readonly Column[], rest = ""): Statement {
  const names = namesOf(columns);
  return {
    name: `insert_${table}`,
    text: `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${unnested(columns, "rows")} ${rest}`,
  };
}

function namesOf(columns: readonly Column[]): string {
  return columns.map(([name]) => name).join(", ");
}
