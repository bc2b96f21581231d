import { once } from "node:events";
import type { JsonObject, Logger } from "@hybrid-orchestrator/core";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import {
  createEmailAgent,
  type EmailAgent,
  type EmailAgentDependencies,
  type MailEvent,
  type SettingsInput,
} from "../../src/index.js";

export const key = "your-service-api-key";
const deadlineMs = 10_000;

export interface TestAgent {
  readonly agent: EmailAgent;
  readonly url: string;
  readonly sandboxSmtpPort: number;
  readonly logs: TestLogs;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  listen(...channels: string[]): Promise<TestSocket>;
}

/** An agent that stops with the test. Settings without a host are those of the sandbox. */
export async function startAgent(
  settings: SettingsInput,
  dependencies: EmailAgentDependencies = {},
): Promise<TestAgent> {
  const logs = collectLogs();
  const agent = createEmailAgent(
    { serviceApiKey: key, emailFrom: "agent@example.com", port: 0, stopTimeoutSeconds: 1, ...settings },
    { logger: logs.logger, ...dependencies },
  );
  const { url, sandboxSmtpPort } = await agent.start();
  onTestFinished(async () => {
    await agent.stop();
  });
  const authorization = `Bearer ${key}`;
  return {
    agent,
    url,
    sandboxSmtpPort: sandboxSmtpPort ?? 0,
    logs,
    get: (path, headers = {}) => fetch(url + path, { headers: { authorization, ...headers } }),
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: "POST",
        headers: { authorization, "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    listen: (...channels) => openSocket(`${url.replace("http", "ws")}/ws`, channels),
  };
}

export async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

export interface TestSocket {
  readonly socket: WebSocket;
  readonly messages: Record<string, unknown>[];
  /** The first message, of now or of later, that fits and was not returned before. */
  next(fits: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  /** The next event of that type. */
  event(eventType: MailEvent["eventType"]): Promise<MailEvent>;
  events(): MailEvent[];
}

export async function openSocket(
  url: string,
  channels: readonly string[] = ["orchestrator_events"],
): Promise<TestSocket> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${key}` } });
  const messages: Record<string, unknown>[] = [];
  const seen = new Set<unknown>();
  const changed = createNotice();
  socket.on("message", (data) => {
    messages.push(JSON.parse(String(data)));
    changed.notify();
  });
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  const next = (fits: (message: Record<string, unknown>) => boolean) =>
    changed.until(() => {
      const message = messages.find((one) => !seen.has(one) && fits(one));
      if (message !== undefined) seen.add(message);
      return message;
    });
  for (const channel of channels) {
    socket.send(JSON.stringify({ type: "subscribe", channel }));
    await next(({ type }) => type === "subscribed");
  }
  return {
    socket,
    messages,
    next,
    event: async (eventType) => {
      const message = await next(
        ({ type, data }) => type === "listener_log" && (data as MailEvent).eventType === eventType,
      );
      return message.data as MailEvent;
    },
    events: () => messages.filter(({ type }) => type === "listener_log").map(({ data }) => data as MailEvent),
  };
}

interface TestLogs {
  readonly logger: Logger;
  readonly lines: { readonly level: string; readonly message: string; readonly fields: JsonObject }[];
  /** The next line of that message that was not returned before. */
  line(message: string): Promise<JsonObject>;
  /** Called at once, in the midst of what is logged. */
  onLine: (message: string) => void;
}

function collectLogs(): TestLogs {
  const lines: { level: string; message: string; fields: JsonObject }[] = [];
  const seen = new Set<unknown>();
  const changed = createNotice();
  const log =
    (level: string) =>
    (message: string, fields: JsonObject = {}) => {
      lines.push({ level, message, fields });
      changed.notify();
      logs.onLine(message);
    };
  const logs: TestLogs = {
    onLine: () => undefined,
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    lines,
    line: (message) =>
      changed.until(() => {
        const found = lines.find((line) => line.message === message && !seen.has(line));
        if (found !== undefined) seen.add(found);
        return found?.fields;
      }),
  };
  return logs;
}

function createNotice() {
  const waiting = new Set<() => void>();
  return {
    notify() {
      for (const look of [...waiting]) look();
    },
    until<Value>(find: () => Value | undefined): Promise<Value> {
      return new Promise((resolve, reject) => {
        const deadline = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`It did not come within ${deadlineMs} ms.`));
        }, deadlineMs);
        const look = () => {
          const value = find();
          if (value === undefined) return;
          clearTimeout(deadline);
          waiting.delete(look);
          resolve(value);
        };
        waiting.add(look);
        look();
      });
    },
  };
}
