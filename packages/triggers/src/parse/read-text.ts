import { errorMessage, type Issue } from "@hybrid-orchestrator/core";
import { parseDocument } from "yaml";
import { refuse } from "./issues.js";

// A few lines of YAML aliases can stand for gigabytes.
const maxAliasCount = 100;

/** The value of a YAML or JSON text. @throws OrchestratorError `invalid_trigger` with line and column. */
export function readText(text: string, format: "yaml" | "json"): unknown {
  const document = parseDocument(text, { merge: true, prettyErrors: true, uniqueKeys: true });
  if (format === "json") {
    // JSON.parse keeps silent about a key that is given twice; YAML, of which JSON is a part, does not.
    report(document.errors.filter(({ code }) => code === "DUPLICATE_KEY"));
    return guard("is not JSON", () => JSON.parse(text));
  }
  report(document.errors);
  return guard("cannot be read", () => document.toJS({ maxAliasCount }));
}

function report(errors: readonly { readonly message: string }[]): void {
  if (errors.length === 0) return;
  refuse(
    errors.map(
      ({ message }): Issue => ({ path: [], message: `The text cannot be read: ${firstLine(message)}` }),
    ),
  );
}

function guard(problem: string, read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return refuse([{ path: [], message: `The text ${problem}: ${errorMessage(error)}` }]);
  }
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0]?.replace(/:$/, "") ?? message;
}
