import type { z } from "zod";
import { type ErrorCode, type Issue, OrchestratorError } from "./errors.js";
import type { StandardSchemaV1 } from "./standard-schema.js";

/**
 * `value` as `schema` reads it.
 * @throws OrchestratorError with `code` (default `invalid_argument`) that lists every mistake with its path.
 */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: { readonly name: string; readonly code?: ErrorCode },
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(
    what,
    result.error.issues.map((issue) => ({ path: issue.path.map(pathKey), message: issue.message })),
  );
}

/**
 * `value` as any Standard Schema reads it (zod, valibot, arktype, …), for third parties' configuration.
 * @throws OrchestratorError as {@link parseWith}.
 */
export async function parseStandard<Schema extends StandardSchemaV1>(
  schema: Schema,
  value: unknown,
  what: { readonly name: string; readonly code?: ErrorCode },
): Promise<StandardSchemaV1.InferOutput<Schema>> {
  const result = await schema["~standard"].validate(value);
  if (!result.issues) return result.value as StandardSchemaV1.InferOutput<Schema>;
  throw invalid(
    what,
    result.issues.map((issue) => ({
      path: (issue.path ?? []).map((segment) => pathKey(typeof segment === "object" ? segment.key : segment)),
      message: issue.message,
    })),
  );
}

/** `triggers[2].condition.seconds` */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

function invalid(
  what: { readonly name: string; readonly code?: ErrorCode },
  issues: readonly Issue[],
): OrchestratorError {
  const list = issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${formatPath(issue.path)}: ${issue.message}`,
  );
  return new OrchestratorError(
    what.code ?? "invalid_argument",
    `The ${what.name} is not valid. ${list.join("; ")}`,
    { issues },
  );
}

function pathKey(key: PropertyKey): string | number {
  return typeof key === "symbol" ? String(key) : key;
}
