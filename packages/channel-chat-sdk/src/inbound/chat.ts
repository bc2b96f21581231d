import type { InboundMessage } from "@hybrid-orchestrator/core";
import {
  type ActionEvent,
  type Adapter,
  Chat,
  type Message,
  type SlashCommandEvent,
  type StateAdapter,
} from "chat";
import type { Settings } from "../config.js";
import { silent } from "../silent-logger.js";
import { readAction, readCommand, readMessage } from "./message.js";
import type { Scopes } from "./scope.js";

export interface InboundChatParts {
  readonly settings: Settings;
  readonly state: StateAdapter;
  readonly scopes: Scopes;
  /** Resolves when it is durable. */
  receive(message: InboundMessage): Promise<unknown>;
}

/**
 * The hub of the npm package, as adapters want to see it. It runs no handlers of its own, with their locks, queues and
 * lost errors: what adapters tell it is read and handed in.
 */
export class InboundChat extends Chat {
  readonly #parts: InboundChatParts;

  constructor(parts: InboundChatParts) {
    const { settings, state } = parts;
    // Of the same shape, whichever copy of the package it was made with.
    const adapter = settings.adapter as unknown as Adapter;
    super({ adapters: { [adapter.name]: adapter }, state, userName: "bot", logger: silent });
    this.#parts = parts;
  }

  override processMessage(
    _adapter: Adapter,
    threadId: string,
    message: Message | (() => Promise<Message>),
  ): Promise<void> {
    return this.#handIn(async (settings) =>
      readMessage(threadId, typeof message === "function" ? await message() : message, settings),
    );
  }

  override handleIncomingMessage(_adapter: Adapter, threadId: string, message: Message): Promise<void> {
    return this.#handIn((settings) => readMessage(threadId, message, settings));
  }

  override processAction(
    event: Omit<ActionEvent, "thread" | "openModal"> & { adapter: Adapter },
  ): Promise<void> {
    return this.#handIn((settings) => readAction(event, settings));
  }

  override processSlashCommand(
    event: Omit<SlashCommandEvent, "channel" | "openModal"> & { adapter: Adapter; channelId: string },
  ): Promise<void> {
    return this.#handIn((settings) => readCommand(event, settings));
  }

  #handIn(
    read: (settings: Settings) => InboundMessage | undefined | Promise<InboundMessage | undefined>,
  ): Promise<void> {
    const { scopes, settings, receive } = this.#parts;
    return scopes.work(async () => {
      const message = await read(settings);
      if (message !== undefined) await receive(message);
    });
  }
}
