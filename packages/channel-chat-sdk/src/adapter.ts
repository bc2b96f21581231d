/**
 * What a channel needs of an adapter of the npm package `chat`. By shape alone, since adapters pin their own copy of that
 * package. Source: chat-sdk.dev, "Adapter".
 */
export interface ChatAdapter {
  /** The first part of its thread ids: `telegram`. */
  readonly name: string;
  initialize(chat: never): Promise<void>;
  disconnect?(): Promise<void>;
  handleWebhook(
    request: Request,
    options?: { waitUntil?: (task: Promise<unknown>) => void },
  ): Promise<Response>;
  /** The thread of the direct messages with somebody. */
  openDM?(userId: string): Promise<string>;
  isDM?(threadId: string): boolean;
  channelIdFromThreadId(threadId: string): string;
  /** Where a message in a place opens a thread, tells that. */
  postChannelMessage?(channelId: string, message: never): Promise<Posted>;
  postMessage(threadId: string, message: never): Promise<Posted>;
  editMessage?(threadId: string, messageId: string, message: never): Promise<unknown>;
}

export interface Posted {
  readonly id: string;
  readonly threadId: string;
}

export function isChatAdapter(value: unknown): value is ChatAdapter {
  if (typeof value !== "object" || value === null) return false;
  const { name, ...rest } = membersOf(value);
  return (
    typeof name === "string" &&
    name !== "" &&
    Object.values(rest).every((member) => typeof member === "function")
  );
}

function membersOf(value: Partial<Record<keyof ChatAdapter, unknown>>) {
  const { name, initialize, handleWebhook, channelIdFromThreadId, postMessage } = value;
  return { name, initialize, handleWebhook, channelIdFromThreadId, postMessage };
}

/** What is needed of a state of the npm package; the rest is between it and its adapters. */
export interface ChatState {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttlMs?: number): Promise<void>;
  setIfNotExists(key: string, value: unknown, ttlMs?: number): Promise<boolean>;
  delete(key: string): Promise<void>;
}

export function isChatState(value: unknown): value is ChatState {
  if (typeof value !== "object" || value === null) return false;
  const { connect, disconnect, get, set, setIfNotExists, delete: remove } = value as Partial<ChatState>;
  return [connect, disconnect, get, set, setIfNotExists, remove].every(
    (member) => typeof member === "function",
  );
}
