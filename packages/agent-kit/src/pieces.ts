import { failureError } from "./failure.js";
import type { MessageCheck } from "./message-rules.js";

// Where a piece may end: at white space, or at the marks of scripts that have none between words.
const boundary = /^[\s\S]*[\s。！？，、；：]/;
const longestHeld = 40;

/**
 * A model's words in pieces of whole words. What breaks a rule is seen before it is handed on, since a banned phrase ends
 * with a word; what was handed on before has been said.
 * @throws OrchestratorError `agent_failed`, and what the model's words throw.
 */
export async function* checkedPieces(
  words: AsyncIterable<string>,
  check: MessageCheck,
): AsyncGenerator<string> {
  let said = "";
  let held = "";
  for await (const more of words) {
    held += more;
    const ready = held.length > longestHeld ? held : (boundary.exec(held)?.[0] ?? "");
    held = held.slice(ready.length);
    said += ready;
    refuse(check.sofar(said));
    if (ready !== "") yield ready;
  }
  refuse(check.whole(said + held));
  if (held !== "") yield held;
}

function refuse(problem: string | null): void {
  if (problem !== null)
    throw failureError({ reason: `The answer to the user breaks a rule: ${problem}.`, retryable: true });
}
