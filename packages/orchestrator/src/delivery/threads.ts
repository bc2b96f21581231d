import { hashParts } from "@hybrid-orchestrator/core";
import type { Runtime } from "../runtime.js";
import type { Address } from "./addresses.js";
import { updateDocument } from "./documents.js";

/** A session that has been silent for so long on a channel begins a new thread there. */
const threadMs = 180 * 86_400_000;

export interface ThreadOf extends Address {
  readonly sessionId: string;
}

/** The threads of sessions on channels that keep one for each: the vendor's id of the first message. */
export class Threads {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async find(of: ThreadOf): Promise<string | null> {
    const stored = await this.#runtime.storage.getDocument("recipient", documentId(of));
    return typeof stored?.body.thread === "string" ? stored.body.thread : null;
  }

  /** Whoever comes first begins it. */
  async begin(of: ThreadOf, externalId: string): Promise<void> {
    const expiresAt = this.#runtime.settings.clock.now() + threadMs;
    await updateDocument(this.#runtime.storage, { aggregate: "recipient", id: documentId(of) }, (body) =>
      body === null ? { body: { thread: externalId }, expiresAt } : null,
    );
  }
}

/** A hash, so that an address stands in no id. */
function documentId({ channel, destination, sessionId }: ThreadOf): string {
  return `thread:${hashParts(channel, destination, sessionId)}`;
}
