import {
  type Channel,
  errorMessage,
  OrchestratorError,
  type OutboundMessage,
  type Plugin,
  parseWith,
} from "@hybrid-orchestrator/core";
import { type ConsoleChannelConfig, consoleChannelConfigSchema } from "./config.js";
import { formatMessage } from "./format.js";

export interface ConsoleChannelOptions extends ConsoleChannelConfig {
  /** Takes one line, without its line break. Default: standard output. */
  readonly write?: (line: string) => void;
}

export interface ConsoleChannel extends Channel {
  /** What was printed, oldest first. */
  readonly history: readonly OutboundMessage[];
  clearHistory(): void;
}

/** The plugin, and the channel itself for `channels.register`. */
export type ConsoleChannelPlugin = Plugin & { readonly channel: ConsoleChannel };

/**
 * A channel that prints messages. For development: it masks nothing.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function consoleChannel(options: ConsoleChannelOptions = {}): ConsoleChannelPlugin {
  const { write = writeLine, ...config } = options;
  const { name, color, historyLimit } = parseWith(consoleChannelConfigSchema, config, {
    name: "console channel's configuration",
    code: "invalid_configuration",
  });
  if (typeof write !== "function") {
    throw new OrchestratorError(
      "invalid_configuration",
      "The console channel's option write must be a function that takes a line.",
    );
  }
  const history: OutboundMessage[] = [];

  const channel: ConsoleChannel = {
    name,
    // Not idempotent: what it has printed is known to one process alone, so after a crash it would print again.
    capabilities: {
      idempotent: false,
      twoWay: false,
      statusCallbacks: false,
      richText: false,
      audience: "both",
    },
    get history() {
      return [...history];
    },
    clearHistory() {
      history.length = 0;
    },
    async send(message, { signal }) {
      if (signal.aborted) return { outcome: "retryable", reason: "aborted before it was printed" };
      try {
        for (const line of formatMessage(message, { color })) write(line);
      } catch (error) {
        return { outcome: "ambiguous", reason: `writing failed: ${errorMessage(error)}` };
      }
      history.push(message);
      if (history.length > historyLimit) history.shift();
      return { outcome: "sent" };
    },
  };
  return { specVersion: 1, name, channel, setup: (host) => host.channel(channel) };
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
