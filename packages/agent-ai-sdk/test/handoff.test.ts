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
import { botAgent, staffedOrchestrator } from "./staffed-orchestrator.js";

interface Request extends HandoffRequest {
  readonly chatId: string;
}

async function setUp(...answers: [ModelAnswer, ...ModelAnswer[]]) {
  return setUpWith({}, ...answers);
}

async function setUpWith(
  options: Parameters<typeof staffedOrchestrator>[0],
  ...answers: [ModelAnswer, ...ModelAnswer[]]
) {
  const staffed = await staffedOrchestrator(options);
  const server = await modelServer(...answers);
  const model = openAiModel(server.url);
  const shown: ModelMessage[][] = [];
  const bot = withHumanHandoff<Request>({
    orchestrator: staffed.orchestrator,
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
  async function sessionId() {
    return (await staffed.real.getSession({ externalId: "chat-1" })).id;
  }
  return { ...staffed, staffed, bot, server, shown, say, sessionId };
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
    const { say, real, log, shown, staffed } = await setUp(saying("Nine digits, please."));
    expect(await say("Which format?")).toBe("Nine digits, please.");
    expect(await say("And then?")).toBe("Nine digits, please.");
    const { id } = await real.getSession({ externalId: "chat-1" });
    expect(await log(id)).toEqual([
      ["message", "Which format?"],
      ["ai_message", "Nine digits, please."],
      ["message", "And then?"],
      ["ai_message", "Nine digits, please."],
    ]);
    expect(shown[1]?.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(staffed.watchers).toBe(0);
  });

  it("takes a message that comes twice once", async () => {
    const { say, server } = await setUp(saying("Hello."));
    expect(await say("Hi", "m-1")).toBe("Hello.");
    expect(await say("Hi", "m-1")).toBe("answered");
    expect(server.calls).toHaveLength(1);
  });

  it("is silent while a human owns the session, and records what the user says", async () => {
    const { say, takeOver, sessionId, log, server } = await setUp(saying("Hello."));
    await say("Hi");
    const id = await sessionId();
    await takeOver(id);
    expect(await say("Anybody there?")).toBe("human");
    expect(server.calls).toHaveLength(1);
    expect((await log(id)).at(-1)).toEqual(["message", "Anybody there?"]);
  });

  it("ends at once when a human takes over while it speaks, and the draft is dropped", async () => {
    const { answer, goOn } = pausing();
    const { bot, takeOver, log, server, staffed } = await setUp(answer);
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
      ["message", "Hi"],
      ["ai_message_dropped", "First words. ", "owner_changed"],
    ]);
    expect(staffed.watchers).toBe(0);
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

  it("does not count a reply when a human takes over before it is recorded", async () => {
    const { bot, takeOver, beforeReply, log } = await setUp(saying("Nine digits."));
    beforeReply(takeOver);
    const turn = await bot.turn({ chatId: "chat-1", text: "Hi" });
    if (turn.silent) throw new Error("the bot is silent");
    expect(await turn.text()).toBeNull();
    expect(await log(turn.sessionId)).toEqual([
      ["message", "Hi"],
      ["ai_message_dropped", "Nine digits.", "owner_changed"],
    ]);
  });

  it.each([
    ["nobody's", {}],
    ["an agent's", { agent: botAgent() }],
  ])("asks for a human with the model's tool, and says so (a session that is %s)", async (_, options) => {
    const { say, real, sessionId, log } = await setUpWith(
      options,
      callingTool("ask_human", { reason: "Wants a refund." }),
      saying("A colleague will take over."),
    );
    expect(await say("I want my money back")).toBe("A colleague will take over.");
    const id = await sessionId();
    const { items } = await real.escalations.list({ sessionId: id });
    expect(items).toMatchObject([{ reason: "Wants a refund.", requestedBy: "agent:bot", status: "queued" }]);
    expect((await log(id)).at(-1)).toEqual(["ai_message", "A colleague will take over."]);
  });

  it("waits for the human whom it has asked for where the session is held", async () => {
    const { say } = await setUpWith(
      { agent: botAgent() },
      callingTool("ask_human", { reason: "Wants a refund." }),
      saying("A colleague will take over."),
    );
    await say("I want my money back");
    expect(await say("Well?")).toBe("nobody");
  });

  it("drops its reply when the human whom it has asked for comes before it has ended", async () => {
    const { bot, takeOver, log } = await setUpWith(
      { agent: botAgent() },
      callingTool("ask_human", { reason: "Wants a refund." }),
      pausing().answer,
    );
    const turn = await bot.turn({ chatId: "chat-1", text: "My money!" });
    if (turn.silent) throw new Error("the bot is silent");
    for await (const _ of turn.textStream) await takeOver(turn.sessionId);
    expect((await log(turn.sessionId)).at(-1)).toEqual([
      "ai_message_dropped",
      "First words. ",
      "owner_changed",
    ]);
  });

  it.each([
    ["nobody's", {}],
    ["an agent's", { agent: botAgent() }],
  ])("goes on with the human's note, once and fenced (a session that was %s)", async (_, options) => {
    const { say, takeOver, reply, handBack, sessionId, shown } = await setUpWith(
      options,
      saying("Of course."),
    );
    await say("Hi");
    const id = await sessionId();
    await takeOver(id);
    expect(await say("Is somebody there?")).toBe("human");
    await reply(id, "It is me, Grace.");
    await handBack(id, { facts: ["Lives in Graz"], promises: ["A call on Monday"], avoid: ["Discounts"] });
    expect(await say("And now?")).toBe("Of course.");
    expect(await say("Thanks")).toBe("Of course.");
    const [note, ...rest] = shown[1] ?? [];
    expect(note?.role).toBe("system");
    expect(note?.content).toMatch(/\n<human_note>\n.*A call on Monday.*\n<\/human_note>$/);
    expect(rest.map(({ content }) => content)).toEqual([
      "Hi",
      "Of course.",
      "Is somebody there?",
      "It is me, Grace.",
      "And now?",
    ]);
    expect(JSON.stringify(shown[2])).not.toContain("A call on Monday");
  });

  it.each([
    ["nobody's", {}],
    ["an agent's", { agent: botAgent() }],
  ])(
    "is silent when the human is lost, until another has handed back (a session that was %s)",
    async (_, options) => {
      const { say, takeOver, release, handBack, sessionId } = await setUpWith(options, saying("Of course."));
      await say("Hi");
      const id = await sessionId();
      await takeOver(id);
      await release(id);
      expect(await say("Hello?")).toBe("nobody");
      await takeOver(id);
      expect(await say("Hello?")).toBe("human");
      await handBack(id);
      expect(await say("Hello?")).toBe("Of course.");
    },
  );

  it("tells the human who holds the session what the user says", async () => {
    const { say, takeOver, sessionId, real } = await setUp(saying("Of course."));
    await say("Hi");
    const id = await sessionId();
    await takeOver(id);
    await say("Are you there?");
    const { items } = await real.listDeliveries({ session: id, limit: 50 });
    expect(JSON.stringify(items)).toContain("Are you there?");
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
