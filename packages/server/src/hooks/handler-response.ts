import { readBytes } from "@hybrid-orchestrator/signatures";

/** Vendors want a few lines; more than this is a handler's mistake. */
const maxAnswerBytes = 1024 ** 2;

// They belong to one connection, which is not the handler's.
const connectionHeaders = ["connection", "keep-alive", "transfer-encoding", "content-length", "upgrade"];

/**
 * The handler's answer, read to its end, so that a stream that fails or hangs does so within the time limit and before
 * anything has left.
 * @throws TypeError when it is no response, or too large
 */
export async function handlerResponse(answer: unknown): Promise<Response> {
  // Not by instanceof: undici's own Response is another class than Node's.
  const { status, headers, body } = (answer ?? {}) as Response;
  if (typeof status !== "number" || typeof headers?.get !== "function")
    throw new TypeError("The handler gave no Response.");
  const bytes = await readBytes({ headers, body }, { maxBytes: maxAnswerBytes });
  if (bytes === null) throw new TypeError(`The handler's answer is larger than ${maxAnswerBytes} bytes.`);
  const kept = new Headers([...headers]);
  for (const name of connectionHeaders) kept.delete(name);
  return new Response(bytes.byteLength === 0 ? null : bytes, { status, headers: kept });
}
