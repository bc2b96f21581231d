import type { InboundMessage } from "@hybrid-orchestrator/core";
import type { StateAdapter } from "chat";
import type { Settings } from "./config.js";
import { InboundChat } from "./inbound/chat.js";
import { requestScopes, type Scope } from "./inbound/scope.js";
import { claimsOf, memoryState } from "./state.js";

/** The adapter at work: started when it is first needed, and again after it failed to start. */
export interface Connection {
  start(): Promise<void>;
  /** Resolves when all that the request brought is durable, or has failed. */
  answer(request: Request, scope: Scope): Promise<Response>;
  /** Undoes what the adapter noted of a request, so that it is taken once more. */
  forget(claims: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface ConnectionParts {
  readonly settings: Settings;
  now(): number;
  receive(message: InboundMessage): Promise<unknown>;
  onFailure(error: unknown): void;
}

export function connectionOf({ settings, now, receive, onFailure }: ConnectionParts): Connection {
  const scopes = requestScopes({ onFailure });
  const kept = (settings.state as StateAdapter | undefined) ?? memoryState({ now });
  const state = claimsOf(kept, (key) => void scopes.current()?.claims.push(key));
  let chat: InboundChat | undefined;

  async function started(): Promise<InboundChat> {
    chat ??= new InboundChat({ settings, state, scopes, receive });
    const starting = chat;
    try {
      await starting.initialize();
      return starting;
    } catch (error) {
      // It remembers its failure for ever.
      if (chat === starting) chat = undefined;
      throw error;
    }
  }

  return {
    async start() {
      await started();
    },
    async answer(request, scope) {
      await started();
      const waitUntil = (task: Promise<unknown>) => void scope.tasks.push(task);
      return scopes.run(scope, () => settings.adapter.handleWebhook(request, { waitUntil }));
    },
    async forget(claims) {
      for (const key of claims) await state.delete(key);
    },
    async stop() {
      const stopping = chat;
      chat = undefined;
      await stopping?.shutdown();
    },
  };
}
