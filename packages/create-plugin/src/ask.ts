import type { Readable, Writable } from "node:stream";
import { isCancel, select, text } from "@clack/prompts";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { kinds } from "./answers.js";

interface Given {
  readonly name?: string;
  readonly kind?: string;
  readonly scope?: string;
}

/** Where it is asked. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** Asks for what was not given. */
export async function ask(given: Given, terminal: Terminal): Promise<Given> {
  const kind =
    given.kind ??
    answered(
      await select({
        message: "What does it bring?",
        options: kinds.map((value) => ({ value, label: value })),
        ...terminal,
      }),
    );
  const name =
    given.name ??
    answered(await text({ message: "What is it called?", placeholder: "night-pager", ...terminal }));
  const scope =
    given.scope ??
    answered(await text({ message: "Under which npm scope?", placeholder: "none", ...terminal }));
  return { kind, name, ...(scope !== undefined && scope !== "" && { scope }) };
}

function answered(answer: string | symbol): string {
  if (isCancel(answer) || typeof answer === "symbol")
    throw new OrchestratorError("invalid_argument", "Nothing was made.");
  return answer;
}
