import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { Database, Statement } from "better-sqlite3";

/** A condition of a query and the values for its question marks. */
export type Term = readonly [condition: string, ...values: unknown[]];

/** The conditions that apply, joined: those whose values are given. */
export function where(...terms: readonly Term[]): {
  readonly sql: string;
  readonly parameters: readonly unknown[];
} {
  const given = terms.filter(([, ...values]) => values.every((value) => value !== undefined));
  return {
    sql: given.length === 0 ? "TRUE" : given.map(([condition]) => condition).join(" AND "),
    parameters: given.flatMap(([, ...values]) => values),
  };
}

/** A value for `x IN (SELECT value FROM json_each(?))`: one statement serves lists of every length. */
export function listParameter(list: readonly string[] | undefined): string | undefined {
  return list && JSON.stringify(list);
}

/** How rows follow each other and how one compares with the last of the page before. */
export function direction(order: "asc" | "desc" = "asc"): {
  readonly sql: "ASC" | "DESC";
  readonly after: "<" | ">";
} {
  switch (order) {
    case "asc":
      return { sql: "ASC", after: ">" };
    case "desc":
      return { sql: "DESC", after: "<" };
    default:
      throw new OrchestratorError(
        "invalid_argument",
        `The order is ${String(order)}; it must be asc or desc.`,
      );
  }
}

/** Prepares each text once. The texts are few: they vary in which conditions they have, never in values. */
export function statementCache(db: Database): (sql: string) => Statement<unknown[]> {
  const statements = new Map<string, Statement<unknown[]>>();
  return (sql) => {
    const statement = statements.get(sql) ?? db.prepare<unknown[]>(sql);
    statements.set(sql, statement);
    return statement;
  };
}
