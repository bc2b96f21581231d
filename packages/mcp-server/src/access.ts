import { createId, OrchestratorError, type Session } from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
import type { McpClient, SessionAccess } from "./config.js";

/** Before the generated part of an external id, where the client gave none. */
const unnamed = "~";
const maxExternalIdLength = 200;

/**
 * Which sessions a client may touch. What it may not is, for it, not there: both have the same answer.
 *
 * A client's own sessions are told by their external id, which nothing can change later, and which no two clients can
 * make alike: the client's name stands in it, encoded, before what the client calls the session.
 */
export class SessionGate {
  readonly #orchestrator: Orchestrator;
  readonly #access: SessionAccess;
  readonly #client: McpClient;
  readonly #prefix: string;

  constructor(orchestrator: Orchestrator, access: SessionAccess, client: McpClient) {
    this.#orchestrator = orchestrator;
    this.#access = access;
    this.#client = client;
    this.#prefix = access === "own" ? `mcp:${encodeURIComponent(client.name)}:` : "";
  }

  /** The external id to keep for what the client calls a session. @throws OrchestratorError `invalid_argument` */
  externalId(given: string | undefined, now: number): string | undefined {
    if (given === undefined)
      return this.#prefix === "" ? undefined : `${this.#prefix}${unnamed}${createId(now)}`;
    const externalId = `${this.#prefix}${given}`;
    if (externalId.length > maxExternalIdLength)
      throw new OrchestratorError(
        "invalid_argument",
        `The external id is too long. Use at most ${maxExternalIdLength - this.#prefix.length} characters.`,
      );
    return externalId;
  }

  /** What the client calls it. */
  nameOf({ externalId }: Session): string | null {
    if (externalId === null || !externalId.startsWith(this.#prefix)) return externalId;
    const given = externalId.slice(this.#prefix.length);
    return this.#prefix !== "" && given.startsWith(unnamed) ? null : given;
  }

  async may(session: Session): Promise<boolean> {
    if (this.#access === "all") return true;
    if (this.#access === "own") return session.externalId?.startsWith(this.#prefix) === true;
    return (await this.#access(session, this.#client)) === true;
  }

  /**
   * By its id, or by what the client calls it. An access token opens nothing here.
   * @throws OrchestratorError `session_not_found`
   */
  async find(named: string): Promise<Session> {
    const session = (await this.byId(named)) ?? (await this.byName(named));
    if (session !== null) return session;
    const shown = named.startsWith("ses_") ? "that" : named.slice(0, 200);
    throw new OrchestratorError("session_not_found", `You have no session by the name or id ${shown}.`);
  }

  async byId(id: string): Promise<Session | null> {
    return this.#allowed(await this.#get({ id }));
  }

  async byName(given: string): Promise<Session | null> {
    return this.#allowed(await this.#get({ externalId: `${this.#prefix}${given}` }));
  }

  /** The client's sessions that were changed last, among the newest thousand of all. */
  async recent(limit: number): Promise<readonly Session[]> {
    const found: Session[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < 5 && found.length < limit; pages += 1) {
      const page: Awaited<ReturnType<Orchestrator["listSessions"]>> = await this.#orchestrator.listSessions({
        limit: 200,
        sortBy: "updatedAt",
        order: "desc",
        cursor,
      });
      for (const session of page.items) if (await this.may(session)) found.push(session);
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    return found.slice(0, limit);
  }

  async #get(ref: { readonly id: string } | { readonly externalId: string }): Promise<Session | null> {
    try {
      return await this.#orchestrator.getSession(ref);
    } catch (error) {
      if (OrchestratorError.isInstance(error, "session_not_found")) return null;
      throw error;
    }
  }

  async #allowed(session: Session | null): Promise<Session | null> {
    return session !== null && (await this.may(session)) ? session : null;
  }
}
