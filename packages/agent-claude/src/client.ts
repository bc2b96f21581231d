import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import type {
  Message,
  MessageCreateParamsNonStreaming,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages";
import { type Clock, withTimeout } from "@hybrid-orchestrator/core";
import type { z } from "zod";
import type { ClaudeSettings } from "./config.js";

export type RequestParams = Omit<MessageCreateParamsNonStreaming, "stream">;

/** The Messages API: each call is one request, never repeated. */
export interface ModelClient {
  /** An answer held to a schema, and its text as it came; null where it holds none. */
  structured(
    params: RequestParams,
    schema: z.ZodType,
    signal: AbortSignal,
  ): Promise<{ readonly message: Message; readonly text: string | null }>;
  stream(params: RequestParams, signal: AbortSignal): StreamedAnswer;
}

interface StreamedAnswer {
  /** Ends early, without a throw, where the connection breaks between two events: ask `final`. */
  readonly events: AsyncIterable<RawMessageStreamEvent>;
  /** The whole answer. Throws if it did not come to its end. */
  final(): Promise<Message>;
}

const callName = "The model's API";

export interface ClientParts {
  readonly clock: Clock;
  /** For a proxy or a test. Default: Node's. */
  readonly fetch?: typeof fetch | undefined;
}

export function createModelClient(settings: ClaudeSettings, { clock, fetch }: ClientParts): ModelClient {
  const { apiKey, baseUrl, headers, timeoutMs } = settings;
  const sdk = new Anthropic({
    apiKey,
    // Null, so that the environment's other credentials are not sent along.
    authToken: null,
    baseURL: baseUrl,
    defaultHeaders: headers,
    // Who asks an agent retries, within limits of its own; two that do multiply.
    maxRetries: 0,
    // A net below the limit that is kept by the clock.
    timeout: timeoutMs + 5_000,
    // fetch drops Authorization on the way to another host, but not x-api-key.
    fetchOptions: { redirect: "manual" },
    // It would print requests and answers to the console.
    logLevel: "off",
    // Spans without texts, and no trace context or baggage for the vendor.
    openTelemetry: { propagation: false, traces: { contentMode: "metadata_only" } },
    ...(fetch === undefined ? {} : { fetch }),
  });

  return {
    async structured(params, schema, signal) {
      // In place of the helper's own reader, which throws: the counts of the answer would be lost, and its text quoted.
      const format = { ...zodOutputFormat(schema), parse: (text: string) => text };
      const message = await withTimeout({ clock, timeoutMs, name: callName, signal }, (abort) =>
        sdk.messages.parse(
          { ...params, output_config: { ...params.output_config, format } },
          { signal: abort },
        ),
      );
      return { message, text: message.parsed_output };
    },

    stream(params, signal) {
      const controller = new AbortController();
      const stream = sdk.messages.stream(params, { signal: controller.signal });
      async function* events(): AsyncGenerator<RawMessageStreamEvent> {
        const iterator = stream[Symbol.asyncIterator]();
        try {
          for (;;) {
            // Pings do not count as signs of life: the SDK does not hand them on.
            const step = await withTimeout({ clock, timeoutMs, name: callName, signal }, () =>
              iterator.next(),
            );
            if (step.done === true) return;
            yield step.value;
          }
        } finally {
          if (!stream.ended) controller.abort();
        }
      }
      return { events: events(), final: () => stream.finalMessage() };
    },
  };
}
