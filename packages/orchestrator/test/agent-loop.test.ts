import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Agent, AgentInput, Decision, OrchestratorEvent, Plugin } from "@hybrid-orchestrator/core";
import {
  type AgentsOptions,
  createOrchestrator,
  type OrchestratorOptions,
} from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { change, harness, track } from "./harness.js";
import { goOn, heard, team } from "./team.js";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const say = (message: string, confidence = 1): Decision => ({
  action: "prompt_user",
  message,
  reasoning: "",
  confidence,
});

interface Scripted {
  readonly decide?: (input: AgentInput) => Decision | Promise<Decision>;
  readonly summarize?: NonNullable<Agent["summarize"]>;
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number; readonly costUsd?: number };
}

async function scripted(
  { decide = () => goOn, summarize, usage }: Scripted,
  agents: AgentsOptions,
  more: Partial<OrchestratorOptions> = {},
) {
  const seen: AgentInput[] = [];
  const agent: Agent = {
    name: "scripted",
    async analyze(input, { reportUsage }) {
      seen.push(input);
      if (usage !== undefined) reportUsage?.({ model: "m", ...usage });
      return decide(input);
    },
    async *respond() {
      yield "ok";
    },
    ...(summarize !== undefined && { summarize }),
  };
  const plugin: Plugin = { specVersion: 1, name: "agent", setup: (host) => host.agent(agent) };
  const made = await harness({ plugins: [plugin], triggers: [ask], escalation: {}, agents, ...more });
  const events: OrchestratorEvent[] = [];
  for (const name of ["agent.failed", "escalation.requested"] as const)
    made.orchestrator.on(name, (event) => void events.push(event));
  const { id } = await made.orchestrator.createSession({ recipient: { id: "user" } });
  let count = 0;
  const act = async () => {
    count += 1;
    await made.orchestrator.recordActivity(id, change("field", String(count)));
    await made.clock.advance(100);
  };
  const reasons = () =>
    events.flatMap((event) => (event.type === "escalation.requested" ? [event.data.reason] : []));
  return { ...made, id, seen, act, reasons };
}

const ask = {
  name: "ask",
  condition: { type: "field_changed", field: "*" },
  action: { type: "ask_agent" },
  maxFires: 1_000,
  cooldownSeconds: 0,
} as const;

describe("an agent is asked", () => {
  it("when the user writes on a channel, and answers there", async () => {
    let receive: (text: string) => Promise<unknown> = async () => undefined;
    const inbound: Plugin = {
      specVersion: 1,
      name: "inbound",
      setup(host) {
        receive = (text) =>
          host.receive({ channel: "test", externalId: text, session: made.id, from: "user", text });
      },
    };
    const made = await scripted({ decide: () => say("It is on its way.") }, {});
    await made.orchestrator.use(inbound);
    await receive("Where is my parcel?");
    await made.clock.advance(100);
    expect(made.seen.map(({ context }) => context.reason)).toEqual(["The user wrote on test."]);
    expect(made.sent.map(({ content }) => content)).toEqual(["It is on its way."]);
    const { items } = await made.orchestrator.listDeliveries({ session: made.id, limit: 10 });
    expect(items[0]?.message.channel).toBe("test");
  });

  it("for every message of the user, or for none, as the option says", async () => {
    for (const [onMessage, calls] of [
      ["every", 1],
      ["inbound", 0],
      ["never", 0],
    ] as const) {
      const made = await scripted({}, { onMessage });
      await made.orchestrator.recordActivity(made.id, { type: "message", data: { text: "Hello" } });
      await made.clock.advance(100);
      expect(made.seen).toHaveLength(calls);
    }
  });

  it("at regular times, as long as there is something new to look at", async () => {
    const made = await scripted({}, { everySeconds: 60 }, { triggers: [] });
    await made.act();
    await made.clock.advance(300_000);
    expect(made.seen).toHaveLength(1);
    await made.act();
    await made.clock.advance(300_000);
    expect(made.seen).toHaveLength(2);
  });

  it("once more for what came while it was thinking, and never twice at once", async () => {
    let running = 0;
    let most = 0;
    const finish: (() => void)[] = [];
    const made = await scripted(
      {
        async decide() {
          running += 1;
          most = Math.max(most, running);
          await new Promise<void>((resolve) => finish.push(resolve));
          running -= 1;
          return goOn;
        },
      },
      {},
    );
    await made.act();
    for (let more = 0; more < 5; more += 1) await made.act();
    expect(made.seen).toHaveLength(1);
    for (let turn = 0; turn < 5; turn += 1) {
      finish.shift()?.();
      await made.clock.advance(100);
    }
    expect(made.seen).toHaveLength(2);
    expect(most).toBe(1);
  });

  it("no more than its budget of calls, tokens or cost allows; then a human is asked", async () => {
    const usage = { inputTokens: 600, outputTokens: 400, costUsd: 0.5 };
    for (const [budget, words] of [
      [{ calls: 3 }, "3 calls of agents"],
      [{ tokens: 3_000 }, "3000 tokens"],
      [{ costUsd: 1.5 }, "1.50 US dollars"],
    ] as const) {
      const made = await scripted({ usage }, { budget });
      for (let turn = 0; turn < 6; turn += 1) await made.act();
      expect(made.seen).toHaveLength(3);
      expect(made.reasons()[0]).toBe(`Agents have taken what they may of this session: ${words}.`);
    }
  });

  it("not at all while a human has the session", async () => {
    const made = await team();
    const opened = await made.orchestrator.escalations.open(made.id, { reason: "stuck" });
    await made.orchestrator.escalations.claim(opened.id, { worker: "ann" });
    await made.orchestrator.recordActivity(made.id, change("field", "1"));
    await made.clock.advance(1_000);
    expect(made.seen).toEqual([]);
  });
});

describe("what an agent decides", () => {
  it("is left to a human when it is less sure than it has to be", async () => {
    const made = await scripted({ decide: () => say("Try again.", 0.4) }, { minConfidence: 0.6 });
    await made.act();
    expect(made.sent.map(({ content }) => content)).not.toContain("Try again.");
    expect(made.reasons()).toEqual(["The agent is not sure enough: 0.4, and 0.6 is needed."]);
    const sure = await scripted({ decide: () => say("Try again.", 0.6) }, { minConfidence: 0.6 });
    await sure.act();
    expect(sure.reasons()).toEqual([]);
  });

  it("is not said a third time, in nearly the same words either; a human is asked", async () => {
    const words = [
      "Please enter your tax number in the field below.",
      "Please, enter your tax number in the field below!",
      "Please enter your tax number in the field below now.",
    ];
    let turn = 0;
    const made = await scripted({ decide: () => say(words[turn++] ?? "Done.") }, {});
    for (let act = 0; act < 3; act += 1) await made.act();
    const said = heard(made.sent, "user").filter((text) => text.includes("tax number"));
    expect(said).toEqual(words.slice(0, 2));
    expect(made.reasons()).toEqual(["The agent says the same thing again and again."]);
  });

  it("about a user who waits for an answer is not the end when it fails", async () => {
    const made = await scripted(
      {
        decide: () => {
          throw new Error("overloaded");
        },
      },
      { onMessage: "every" },
      { maxTries: 1 },
    );
    await made.orchestrator.recordActivity(made.id, { type: "message", data: { text: "Hello?" } });
    await made.clock.advance(100);
    expect(made.reasons()).toEqual(["The agent could not answer the user: overloaded"]);
  });
});

describe("a summary", () => {
  const summarize: NonNullable<Agent["summarize"]> = async ({ summary, activities }) =>
    [summary, `${activities[0]?.seq} to ${activities.at(-1)?.seq}`].filter(Boolean).join("; ");

  it("is kept current, each time of what happened since the last", async () => {
    const made = await scripted({ summarize }, { summarizeEvery: 5 }, { triggers: [] });
    for (let act = 0; act < 12; act += 1) await made.act();
    expect((await made.orchestrator.getSession(made.id)).summary).toBe("1 to 5; 6 to 10");
  });

  it("is made before a human takes over", async () => {
    const made = await scripted({ summarize }, { summarizeEvery: 400 }, { triggers: [] });
    for (let act = 0; act < 7; act += 1) await made.act();
    await made.orchestrator.escalations.open(made.id, { reason: "stuck" });
    await made.clock.advance(100);
    expect((await made.orchestrator.getSession(made.id)).summary).toMatch(/^1 to \d+$/);
  });

  it("of somebody else's is not overwritten", async () => {
    const made = await scripted(
      {
        async summarize() {
          await made.orchestrator.setSummary(made.id, "what the application knows");
          return "what the agent thinks";
        },
      },
      { summarizeEvery: 5 },
      { triggers: [] },
    );
    for (let act = 0; act < 6; act += 1) await made.act();
    expect((await made.orchestrator.getSession(made.id)).summary).toBe("what the application knows");
  });
});

describe("an agent whose process has ended", () => {
  it("is followed by another, which finishes the form with what the first left", async () => {
    const folder = await mkdtemp(join(tmpdir(), "agents-"));
    folders.push(folder);
    const path = join(folder, "sessions.db");
    const clock = virtualClock(Date.UTC(2026, 0, 5, 9));
    const start = async (agent: Agent) => {
      const plugin: Plugin = { specVersion: 1, name: "agent", setup: (host) => host.agent(agent) };
      const orchestrator = track(
        createOrchestrator({
          storage: sqliteStorage({ path }),
          clock,
          plugins: [plugin],
          triggers: [ask],
          agents: { summarizeEvery: 5 },
        }),
      );
      await orchestrator.start();
      return orchestrator;
    };
    const fields = ["name", "street", "city", "income", "signature"];
    const first = await start({
      name: "first",
      analyze: async () => goOn,
      async *respond() {},
      summarize: async ({ activities }) =>
        `Filled in: ${activities.flatMap(({ data }) => (typeof data.fieldId === "string" ? [data.fieldId] : [])).join(", ")}.`,
    });
    const { id } = await first.createSession();
    for (const field of fields.slice(0, 3)) {
      await first.recordActivity(id, change(field, "x"));
      await clock.advance(100);
    }
    await first.stop();

    const seen: AgentInput[] = [];
    const second = await start({
      name: "second",
      async analyze(input) {
        seen.push(input);
        const filled = new Set(input.activities.map(({ data }) => data.fieldId));
        const whole = fields.every((field) => filled.has(field) || input.summary?.includes(field) === true);
        return whole ? { action: "complete", reasoning: "All is filled in.", confidence: 1 } : goOn;
      },
      async *respond() {},
    });
    for (const field of fields.slice(3)) {
      await second.recordActivity(id, change(field, "x"));
      await clock.advance(100);
    }
    expect(seen[0]?.summary).toContain("Filled in: name");
    expect((await second.getSession(id)).status).toBe("completed");
  });
});

describe("an answer", () => {
  async function answering(respond: Agent["respond"], more: Partial<OrchestratorOptions> = {}) {
    const agent: Agent = { name: "talker", analyze: async () => goOn, respond };
    const plugin: Plugin = { specVersion: 1, name: "agent", setup: (host) => host.agent(agent) };
    const made = await harness({ plugins: [plugin], escalation: {}, ...more });
    await made.orchestrator.workers.register({ id: "ann", name: "Ann", queues: ["default"] });
    await made.orchestrator.workers.setPresence("ann", "online");
    const { id } = await made.orchestrator.createSession({ recipient: { id: "user", locale: "de" } });
    const log = async () =>
      (await made.orchestrator.listActivities(id, { limit: 50, types: ["message"], order: "asc" })).items.map(
        ({ actor, data }) => [actor, data.text, ...(data.cut === undefined ? [] : [data.cut])],
      );
    return { ...made, id, log };
  }

  const whole = async (text: AsyncIterable<string>) => {
    const pieces: string[] = [];
    for await (const piece of text) pieces.push(piece);
    return pieces;
  };

  it("comes piece by piece, and both sides stand in the log", async () => {
    const made = await answering(async function* ({ userMessage }) {
      yield "You said ";
      yield userMessage;
    });
    const answer = await made.orchestrator.respond(made.id, { text: "hello" });
    expect(answer.by).toBe("agent");
    expect(await whole(answer.text)).toEqual(["You said ", "hello"]);
    expect(await made.log()).toEqual([
      ["user", "hello"],
      ["ai", "You said hello"],
    ]);
  });

  it("ends with a word about it when the agent fails, and a human is asked", async () => {
    const made = await answering(async function* () {
      yield "I think";
      throw new Error("connection lost");
    });
    const requested: string[] = [];
    made.orchestrator.on("escalation.requested", ({ data }) => void requested.push(data.reason));
    const { text } = await made.orchestrator.respond(made.id, { text: "hello" });
    const pieces = await whole(text);
    expect(pieces[1]).toContain("Ich frage jemanden aus dem Team.");
    expect(requested).toEqual(["The agent could not answer the user: connection lost"]);
    expect((await made.log())[1]?.[2]).toBe("failed");
  });

  it("stops when a human takes over in the middle of it, and is the human's from then on", async () => {
    const made = await answering(async function* () {
      yield "One moment, ";
      const opened = await made.orchestrator.escalations.open(made.id, { reason: "stuck" });
      await made.orchestrator.escalations.claim(opened.id, { worker: "ann" });
      yield "I will find it myself.";
    });
    const { text } = await made.orchestrator.respond(made.id, { text: "hello" });
    expect(await whole(text)).toEqual(["One moment, "]);
    expect((await made.log())[1]).toEqual(["ai", "One moment, ", "taken_over"]);
    const next = await made.orchestrator.respond(made.id, { text: "Are you there?" });
    expect(next.by).toBe("human");
    expect(await whole(next.text)).toEqual([]);
    await made.clock.advance(1_000);
    expect(heard(made.sent, "ann").at(-1)).toBe("Are you there?");
  });

  it("that nobody reads is given in a message instead", async () => {
    const made = await answering(async function* () {
      yield "never read";
    });
    const asked: string[] = [];
    made.orchestrator.on("agent.decided", ({ data }) => void asked.push(data.agent));
    await made.orchestrator.respond(made.id, { text: "hello" });
    await made.clock.advance(9_000);
    expect(asked).toEqual([]);
    await made.clock.advance(2_000);
    expect(asked).toEqual(["talker"]);
  });

  it("of an agent that hangs ends in time", async () => {
    const made = await answering(
      async function* () {
        yield "Let me";
        await new Promise(() => undefined);
      },
      { agentTimeoutMs: 5_000 },
    );
    const { text } = await made.orchestrator.respond(made.id, { text: "hello" });
    const reading = whole(text);
    await made.clock.advance(5_000);
    expect((await reading).at(-1)).toContain("Ich frage jemanden");
  });
});
