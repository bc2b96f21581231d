import {
  type Actor,
  createId,
  createToken,
  hashToken,
  type JsonObject,
  type NewRecipient,
  type NewSession,
  newSessionSchema,
  OrchestratorError,
  parseWith,
  recipientSchema,
  type Session,
  type SessionRecord,
  type SessionStatus,
  toJsonObject,
} from "@hybrid-orchestrator/core";
import { z } from "zod";
import { type SessionPatch, updateSession } from "../decide/activities.js";
import { changeStatus } from "../decide/status.js";
import { maxMetadataBytes } from "../limits.js";
import type { Runtime } from "../runtime.js";
import { ExternalIdTaken } from "../shell/shell.js";
import { publicSession, type Resumption, readRecord, readResumption } from "../views.js";
import type { References, SessionRef } from "./refs.js";

/**
 * A session with its access token, a secret. `token` is not enumerable, so that logging, spreading or serializing the
 * session does not spread it.
 */
export type SessionWithToken = Session & { readonly token: string };

export interface CreateSession extends NewSession {
  /** What happens when a session has that external id: it is returned with a new token, or refused (default). */
  readonly ifExists?: "return" | "reject";
}

export interface UpdateSession {
  /** A JSON merge patch (RFC 7396): members are merged at every depth, null removes one. */
  readonly metadata?: JsonObject;
  readonly summary?: string | null;
  readonly recipient?: NewRecipient | null;
}

const newSessionInput = newSessionSchema.extend({ ifExists: z.enum(["return", "reject"]).default("reject") });

const updateSchema = z.strictObject({
  metadata: z.record(z.string(), z.unknown()).optional(),
  summary: z.string().max(100_000).nullable().optional(),
  recipient: recipientSchema.nullable().optional(),
});

export class SessionsApi {
  constructor(
    readonly runtime: Runtime,
    readonly refs: References,
  ) {}

  async create(input: CreateSession): Promise<SessionWithToken> {
    const { ifExists, externalId, ...rest } = parseWith(newSessionInput, input, { name: "new session" });
    const metadata = toJsonObject(rest.metadata, { name: "metadata", maxBytes: maxMetadataBytes });
    if (externalId !== undefined) {
      const existing = await this.runtime.storage.findSession({ externalId });
      if (existing !== null) return this.#existing(existing, externalId, ifExists);
    }
    const { settings } = this.runtime;
    const now = settings.clock.now();
    const ttl = rest.ttlSeconds === undefined ? settings.sessionTtlSeconds : rest.ttlSeconds;
    const expiresAt = ttl === null ? null : now + Math.ceil(ttl * 1_000);
    const agent = this.runtime.rulebook().defaultAgent;
    const record: Omit<SessionRecord, "version"> = {
      id: createId(now),
      externalId: externalId ?? null,
      workflow: rest.workflow,
      status: "active",
      recipient: rest.recipient ?? null,
      metadata,
      summary: rest.summary ?? null,
      owner: agent === null ? { kind: "nobody" } : { kind: "ai", agent },
      ownershipEpoch: 0,
      createdAt: now,
      updatedAt: now,
      lastActivityAt: { user: null, ai: null, human: null, system: null },
      expiresAt,
      revision: 1,
      lastSeq: 0,
      evaluatedAt: now,
      dueAt: null,
      rulesHash: "",
      counters: {},
      lastUiOrdinal: 0,
      escalationCount: 0,
      agentRecord: null,
    };
    const token = createToken();
    const hash = hashToken(token);
    try {
      const session = await this.runtime.shell.create(record, {
        receivedAt: now,
        apply: (work) => {
          work.addToken({ hash, purpose: "session", expiresAt });
          return publicSession(work.view());
        },
      });
      return withToken(session, token);
    } catch (error) {
      if (error instanceof ExternalIdTaken)
        return this.#existing(error.sessionId, externalId ?? "", ifExists);
      throw error;
    }
  }

  async get(ref: SessionRef): Promise<Session> {
    return this.refs.with(ref, async ({ id }) => publicSession(await readRecord(this.runtime.storage, id)));
  }

  async resumption(ref: SessionRef): Promise<Resumption> {
    return this.refs.with(ref, ({ id }) => readResumption(this.runtime, id));
  }

  async update(
    ref: SessionRef,
    input: UpdateSession,
    options: { readonly ifRevision?: number } = {},
  ): Promise<Session> {
    const { metadata, summary, recipient } = parseWith(updateSchema, input, { name: "session update" });
    const patch: SessionPatch = {
      ...(metadata !== undefined && {
        metadata: toJsonObject(metadata, { name: "metadata", maxBytes: maxMetadataBytes }),
      }),
      ...(summary !== undefined && { summary }),
      ...(recipient !== undefined && { recipient }),
      ...(options.ifRevision !== undefined && { expectedRevision: options.ifRevision }),
    };
    return this.#change(ref, (work) => updateSession(work, patch));
  }

  async setStatus(
    ref: SessionRef,
    to: SessionStatus,
    why: { readonly reason?: string; readonly actor?: Actor } = {},
  ): Promise<Session> {
    const reason = why.reason?.slice(0, 500) ?? null;
    return this.#change(ref, (work) => changeStatus(work, to, { reason, actor: why.actor ?? "system" }));
  }

  async #change(
    ref: SessionRef,
    apply: (work: Parameters<typeof updateSession>[0]) => void,
  ): Promise<Session> {
    return this.refs.submit(ref, (work) => {
      apply(work);
      return publicSession(work.view());
    });
  }

  async #existing(id: string, externalId: string, ifExists: "return" | "reject"): Promise<SessionWithToken> {
    if (ifExists === "reject") {
      throw new OrchestratorError(
        "session_exists",
        `Session ${id} has the external id ${externalId} already. Pass ifExists: "return" to get it, or choose another external id.`,
      );
    }
    const token = createToken();
    const hash = hashToken(token);
    const session = await this.runtime.submit(id, (work) => {
      work.addToken({ hash, purpose: "session", expiresAt: work.session.expiresAt });
      return publicSession(work.view());
    });
    return withToken(session, token);
  }
}

function withToken(session: Session, token: string): SessionWithToken {
  return Object.defineProperty({ ...session }, "token", {
    value: token,
    enumerable: false,
  }) as SessionWithToken;
}
