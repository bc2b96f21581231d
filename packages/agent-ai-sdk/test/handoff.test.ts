import { type ModelMessage, stepCountIs, streamText } from "ai";
import { describe, expect, it } from "vitest";
import { type HandoffRequest, withHumanHandoff } from "../src/index.js";
import {
  beginStream,
  callingTool,
  chunk,
  type ModelAnswer,
  modelServer,
  openAiModel,
  saying,
} from "./model-server.js";
import { ownedOrchestrator } from "./owned-orchestrator.js";

interface Request extends HandoffRequest {
  readonly chatId: string;
}

async function setUp(...answers: [ModelAnswer, ...ModelAnswer[]]) {
  const owned = await ownedOrchestrator();
  const server = await modelServer(...answers);
  const model = openAiModel(server.url);
  const shown: ModelMessage[][] = [];
  const bot = withHumanHandoff<Request>({
    orchestrator: owned.orchestrator,
    session: (request) => request.chatId,
    generate: ({ messages, handoff, signal }) => {
      shown.push(messages);
      return streamText({
        model,
        messages,
        allowSystemInMessages: true,
        tools: { ...handoff.tools },
        stopWhen: stepCountIs(3),
        abortSignal: signal,
        maxRetries: 0,
        onError: () => undefined,
      });
    },
  });
  async function say(text: string, messageId?: string) {
    const turn = await bot.turn({ chatId: "chat-1", text, ...(messageId !== undefined && { messageId }) });
    return turn.silent ? turn.reason : await turn.text();
  }
  return { ...owned, owned, bot, server, shown, say };
}

/** Says a few words, and the rest when it is told to. */
function pausing() {
  let goOn: () => void = () => undefined;
  const rest = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const answer: ModelAnswer = async (_, response) => {
    const send = beginStream(response);
    send(chunk({ role: "assistant", content: "First words. " }));
    await rest;
    send(chunk({ content: "And the rest." }));
    send(chunk({}, "stop"));
    send("[DONE]");
    response.end();
  };
  return { answer, goOn: () => goOn() };
}

describe("a wrapped bot", () => {
  it("answers, and both sides are recorded", async () => {
    const { say, real, log, shown, owned } = await setUp(saying("Nine digits, please."));
    expect(await say("Which format?")).toBe("Nine digits, please.");
    expect(await say("And then?")).toBe("Nine digits, please.");
    const { id } = await real.getSession({ externalId: "chat-1" });
    expect(await log(id)).toEqual([
      ["user_message", "Which format?"],
      ["ai_message", "Nine digits, please."],
      ["user_message", "And then?"],
      ["ai_message", "Nine digits, please."],
    ]);
    expect(shown[1]?.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(owned.watchers).toBe(0);
  });

  it("takes a message that comes twice once", async () => {
    const { say, server } = await setUp(saying("Hello."));
    expect(await say("Hi", "m-1")).toBe("Hello.");
    expect(await say("Hi", "m-1")).toBe("answered");
    expect(server.calls).toHaveLength(1);
  });

  it("is silent while a human owns the session, and records what the user says", async () => {
    const { say, takeOver, real, log, server } = await setUp(saying("Hello."));
    await say("Hi");
    const { id } = await real.getSession({ externalId: "chat-1" });
    await takeOver(id);
    expect(await say("Anybody there?")).toBe("human");
    expect(server.calls).toHaveLength(1);
    expect((await log(id)).at(-1)).toEqual(["user_message", "Anybody there?"]);
  });

  it("ends at once when a human takes over while it speaks, and the draft is dropped", async () => {
    const { answer, goOn } = pausing();
    const { bot, takeOver, log, server, owned } = await setUp(answer);
    const turn = await bot.turn({ chatId: "chat-1", text: "Hi" });
    if (turn.silent) throw new Error("the bot is silent");
    const pieces: string[] = [];
    for await (const piece of turn.textStream) {
      pieces.push(piece);
      await takeOver(turn.sessionId);
    }
    // The model has not gone on yet: nothing waited for it.
    expect(pieces).toEqual(["First words. "]);
    await server.calls[0]?.gone;
    goOn();
    expect(await log(turn.sessionId)).toEqual([
      ["user_message", "Hi"],
      ["ai_message_dropped", "First words. ", "owner_changed"],
    ]);
    expect(owned.watchers).toBe(0);
  });

  it("gives no text where a human took over before it was whole", async () => {
    const { answer } = pausing();
    const { bot, takeOver } = await setUp(answer);
    const turn = await bot.turn({ chatId: "chat-1", text: "Hi" });
    if (turn.silent) throw new Error("the bot is silent");
    const text = turn.text();
    await takeOver(turn.sessionId);
    expect(await text).toBeNull();
  });

  it("asks for a human with the model's tool", async () => {
    const { say, asked, real } = await setUp(
      callingTool("ask_human", { reason: "Wants a refund." }),
      saying("A colleague will take over."),
    );
    expect(await say("I want my money back")).toBe("A colleague will take over.");
    const { id } = await real.getSession({ externalId: "chat-1" });
    expect(asked).toEqual([{ session: id, reason: "Wants a refund." }]);
  });

  it("goes on with the human's note, once and fenced", async () => {
    const { say, takeOver, handBack, real, shown } = await setUp(saying("Of course."));
    await say("Hi");
    const { id } = await real.getSession({ externalId: "chat-1" });
    await takeOver(id);
    await handBack(id, { facts: ["Lives in Graz"], promises: ["A call on Monday"], avoid: ["Discounts"] });
    await say("And now?");
    await say("Thanks");
    const [note] = shown[1] ?? [];
    expect(note?.role).toBe("system");
    expect(note?.content).toMatch(/\n<human_note>\n.*A call on Monday.*\n<\/human_note>$/);
    expect(JSON.stringify(shown[2])).not.toContain("A call on Monday");
  });

  it("throws when its model fails, and the same message may be tried again", async () => {
    const { say } = await setUp((_, response) => void response.writeHead(503).end(), saying("Hello."));
    await expect(say("Hi", "m-1")).rejects.toMatchObject({ code: "agent_failed", retryable: true });
    expect(await say("Hi", "m-1")).toBe("Hello.");
  });

  it("needs somebody to ask for a human", async () => {
    const { orchestrator } = await setUp(saying("x"));
    const { escalations: _, ...without } = orchestrator;
    expect(() =>
      withHumanHandoff<Request>({
        orchestrator: without,
        session: () => "x",
        generate: async function* () {} as never,
      }),
    ).toThrow(expect.objectContaining({ code: "invalid_configuration" }));
  });
});
