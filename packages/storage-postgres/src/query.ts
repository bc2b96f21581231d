import { OrchestratorError } from "@hybrid-orchestrator/core";

/** A condition of a query, with `?` where its values go; left out where one of them is undefined. */
export type Term = readonly [condition: string, ...values: unknown[]];

/** The conditions that apply, joined, with the numbered parameters that PostgreSQL takes. */
export function where(...terms: readonly Term[]): {
  readonly sql: string;
  readonly parameters: readonly unknown[];
} {
  const given = terms.filter(([, ...values]) => values.every((value) => value !== undefined));
  let count = 0;
  const numbered = ([condition]: Term) => condition.replaceAll("?", () => `$${++count}`);
  return {
    sql: given.length === 0 ? "TRUE" : given.map(numbered).join(" AND "),
    parameters: given.flatMap(([, ...values]) => values),
  };
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
