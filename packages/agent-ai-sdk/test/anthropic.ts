import { answerJson, beginStream, inShape, type ModelAnswer } from "./model-server.js";

const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  stop_reason: null,
  stop_sequence: null,
};
const usage = {
  input_tokens: 100,
  output_tokens: 20,
  cache_read_input_tokens: 1_000,
  cache_creation_input_tokens: 50,
};

/** Source: docs.anthropic.com/en/api/messages and its page on streaming. */
export function anthropicSaying(text: string, decision: string): ModelAnswer {
  return (call, response) => {
    if (call.body.stream !== true) {
      const content = [
        {
          type: "text",
          text:
            "output_format" in call.body || "output_config" in call.body
              ? inShape(call.body, decision)
              : text,
        },
      ];
      return answerJson(response, 200, { ...message, content, stop_reason: "end_turn", usage });
    }
    const send = beginAnthropicStream(response);
    for (const piece of text.match(/\S+\s*/g) ?? [])
      send({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: piece } });
    send({ type: "content_block_stop", index: 0 });
    send({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage });
    send({ type: "message_stop" });
    response.end();
  };
}

interface AnthropicEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** The events up to the first words. */
export function beginAnthropicStream(response: Parameters<ModelAnswer>[1]): (event: AnthropicEvent) => void {
  const write = beginStream(response);
  const send = (event: AnthropicEvent) => write(event, event.type);
  send({ type: "message_start", message: { ...message, content: [], usage } });
  send({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
  return send;
}
