import { createId, hashToken, isToken, OrchestratorError } from "@hybrid-orchestrator/core";
import type { SessionWork } from "../decide/work.js";
import type { Runtime } from "../runtime.js";

/** Names a session: by id, access token or external id. An object says which; a string is tried in that order. */
export type SessionRef =
  | string
  | { readonly id: string }
  | { readonly token: string }
  | { readonly externalId: string };

export interface Resolved {
  readonly id: string;
  /** Set when the session was named by an access token, which each decision then checks. */
  readonly tokenHash?: string;
}

const idPattern = new RegExp(`^${createId(0).replace(/[0-9a-f]/g, "[0-9a-f]")}$`);
const maxKnown = 10_000;

/** Finds sessions by what callers call them, and remembers the answers. */
export class References {
  readonly #runtime: Runtime;
  readonly #known = new Map<string, Resolved>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Runs `use` with the session; once more after a new look-up, where a remembered answer proves stale. */
  with<Value>(ref: SessionRef, use: (resolved: Resolved) => Promise<Value>): Promise<Value> {
    // An id needs no look-up and cannot be stale.
    if (typeof ref === "object" && "id" in ref) return use({ id: ref.id });
    return this.#look(ref, use);
  }

  async #look<Value>(ref: SessionRef, use: (resolved: Resolved) => Promise<Value>): Promise<Value> {
    const key = keyOf(ref);
    const known = this.#known.get(key);
    if (known === undefined) return use(await this.resolve(ref));
    try {
      return await use(known);
    } catch (error) {
      if (!OrchestratorError.isInstance(error, "session_not_found")) throw error;
      this.#known.delete(key);
      return use(await this.resolve(ref));
    }
  }

  /** Puts an input into the line of the session that is meant. */
  submit<Value>(ref: SessionRef, apply: (work: SessionWork) => Value): Promise<Value> {
    return this.with(ref, ({ id, ...proof }) => this.#runtime.submit(id, apply, proof));
  }

  /** @throws OrchestratorError `session_not_found` */
  async resolve(ref: SessionRef): Promise<Resolved> {
    const resolved = await this.#find(ref);
    if (resolved === null)
      throw new OrchestratorError("session_not_found", `No session is known by ${describe(ref)}.`);
    this.remember(keyOf(ref), resolved);
    return resolved;
  }

  remember(key: string, resolved: Resolved): void {
    if (this.#known.size >= maxKnown) {
      const oldest = this.#known.keys().next();
      if (!oldest.done) this.#known.delete(oldest.value);
    }
    this.#known.set(key, resolved);
  }

  async #find(ref: SessionRef): Promise<Resolved | null> {
    if (typeof ref !== "string") {
      if ("id" in ref) return { id: ref.id };
      return "token" in ref ? this.#byToken(ref.token) : this.#byExternalId(ref.externalId);
    }
    if (isToken(ref)) return this.#byToken(ref);
    if (idPattern.test(ref) && (await this.#runtime.storage.getSession(ref)) !== null) return { id: ref };
    return this.#byExternalId(ref);
  }

  async #byToken(token: string): Promise<Resolved | null> {
    const tokenHash = hashToken(token);
    const id = await this.#runtime.storage.findSession({
      tokenHash,
      now: this.#runtime.settings.clock.now(),
    });
    return id === null ? null : { id, tokenHash };
  }

  async #byExternalId(externalId: string): Promise<Resolved | null> {
    const id = await this.#runtime.storage.findSession({ externalId });
    return id === null ? null : { id };
  }
}

function keyOf(ref: SessionRef): string {
  if (typeof ref === "string") return isToken(ref) ? `token:${hashToken(ref)}` : ref;
  if ("id" in ref) return `id:${ref.id}`;
  return "token" in ref ? `token:${hashToken(ref.token)}` : `external:${ref.externalId}`;
}

/** A token is a secret and is not repeated. */
function describe(ref: SessionRef): string {
  if (typeof ref === "string")
    return isToken(ref)
      ? "that access token, or the token has expired"
      : `the id or external id ${ref.slice(0, 200)}`;
  if ("id" in ref) return `the id ${ref.id}`;
  return "token" in ref ? "that access token, or the token has expired" : `the external id ${ref.externalId}`;
}
