import { type Agent, agentUsageSchema } from "@hybrid-orchestrator/core";
import type { AgentCases } from "./agent-suite.js";
import { sampleAgentInput } from "./samples.js";
import { leaks, outcomeOf, problemsWith, promptMs } from "./suite-helpers.js";
import { virtualClock } from "./virtual-clock.js";

const password = "correct-horse-4711";
const card = "4111 1111 1111 1111";
/** Private values in an activity, each repeated where nothing says that it is private. */
const privateInput = sampleAgentInput(
  [
    { data: { field_id: "street", value: "Annenstrasse" } },
    { data: { field_id: "new_password", value: password, nested: { deeper: [{ password }] } } },
    { type: "error", data: { message: `${password} is too weak`, payment: { cardNumber: [card] } } },
  ],
  { summary: `The user tried ${password}.`, context: { reason: `stuck at ${password}` } },
);
const privateValues = [password, card, "+14155550123", "ada@example.com"];

/** What an agent owes to whoever pays and answers for its model. */
export function declareModelCases({ options, analyze, respond }: AgentCases): void {
  const { it, expect, create, failing, sent } = options;

  if (options.reportsUsage === true) {
    it("reports what a decision and an answer took", async () => {
      const agent = await create();
      const taken: unknown[] = [];
      const reportUsage = (usage: unknown) => void taken.push(usage);
      await analyze(agent, sampleAgentInput(), { reportUsage });
      expect(taken.length > 0, "the usage of a decision was reported").toBe(true);
      const before = taken.length;
      await respond(agent, "help", sampleAgentInput(), { reportUsage });
      expect(taken.length > before, "the usage of an answer was reported").toBe(true);
      for (const usage of taken)
        expect(problemsWith(agentUsageSchema, usage), "what is wrong with the usage").toBe("");
    });

    if (failing)
      it("reports a call that failed, too", async () => {
        const taken: unknown[] = [];
        await analyze(await failing(), sampleAgentInput(), {
          reportUsage: (usage) => void taken.push(usage),
        });
        expect(taken.length > 0, "the failed call was reported").toBe(true);
        for (const usage of taken)
          expect(problemsWith(agentUsageSchema, usage), "what is wrong with the usage").toBe("");
      });
  }

  if (sent)
    it("keeps from its model what is private", async () => {
      const agent = await create();
      await analyze(agent, privateInput);
      await respond(agent, `My password is ${password}.`, privateInput);
      await agent.summarize?.(privateInput, { signal: new AbortController().signal });
      expect(sent().includes("Annenstrasse"), "the model is given what is not private").toBe(true);
      expect(leaks(sent(), privateValues), "private values that the model was given").toEqual([]);
    });
}

/** An answer is handed on while the model goes on, and stops with whoever listens. */
export function declareStreamCases({ options, timeoutMs }: AgentCases): void {
  const { it, expect, pausing } = options;
  if (pausing === undefined) return;

  async function begin(): Promise<[AsyncIterator<string>, AbortController]> {
    const controller = new AbortController();
    const agent = await pausing?.();
    const pieces = agent?.respond(
      { ...sampleAgentInput(), userMessage: "help" },
      { signal: controller.signal },
    );
    const iterator = pieces?.[Symbol.asyncIterator]() as AsyncIterator<string>;
    const first = await outcomeOf(() => iterator.next(), timeoutMs);
    const said = first.kind === "value" && first.value.done !== true;
    expect(said, "the first words are handed on before the model has ended").toBe(true);
    return [iterator, controller];
  }

  it("hands on the first words, and ends promptly when it is aborted after them", async () => {
    const [pieces, controller] = await begin();
    const rest = outcomeOf(async () => {
      while ((await pieces.next()).done !== true);
    });
    controller.abort();
    expect((await rest).kind === "late", `respond still under way ${promptMs} ms after the abort`).toBe(
      false,
    );
  });

  it("ends promptly when nobody listens any more", async () => {
    const [pieces] = await begin();
    const ended = await outcomeOf(async () => pieces.return?.());
    expect(ended.kind === "late", `respond still under way ${promptMs} ms after its listener left`).toBe(
      false,
    );
  });
}

/** What becomes of a model that fails, or takes too long. */
export function declareFailureCases({ options, timeoutMs, analyze, respond }: AgentCases): void {
  const { it, expect, failing, limited } = options;

  if (failing) {
    it("decides to continue, with the reason, when its model fails", async () => {
      const { failure } = await analyze(await failing(), sampleAgentInput());
      expect(failure !== undefined, "the decision has a failure").toBe(true);
    });

    it("throws instead of answering when its model fails", async () => {
      const agent = await failing();
      const outcome = await outcomeOf(() => respond(agent, "help"), timeoutMs);
      expect(outcome.kind, "what became of the answer").toBe("threw");
    });

    it("throws instead of summarizing when its model fails", async () => {
      const agent = await failing();
      if (agent.summarize === undefined) return;
      const { signal } = new AbortController();
      const outcome = await outcomeOf(() => agent.summarize?.(sampleAgentInput(), { signal }), timeoutMs);
      expect(outcome.kind, "what became of the summary").toBe("threw");
    });

    it("quotes nothing of the session where it tells of a failure", async () => {
      const decision = await analyze(await failing(), privateInput);
      const agent = await failing();
      const outcome = await outcomeOf(() => respond(agent, `It is ${password}`, privateInput), timeoutMs);
      const told = JSON.stringify(decision) + (outcome.kind === "threw" ? everythingIn(outcome.error) : "");
      expect(leaks(told, [...privateValues, "Annenstrasse", "Ada Example"]), "what was quoted").toEqual([]);
    });
  }

  if (limited) {
    it("gives up when its time is over, and not before", async () => {
      for (const kind of ["decision", "answer"] as const) {
        const clock = virtualClock();
        const { agent, timeoutMs: limitMs } = await limited(clock);
        let ended = false;
        const work = outcomeOf(async () => {
          try {
            return kind === "answer"
              ? await respond(agent, "help")
              : await analyze(agent, sampleAgentInput());
          } finally {
            ended = true;
          }
        }, timeoutMs);
        await clock.advance(limitMs - 1);
        await turns(50);
        expect(ended, `the ${kind} ended before its time`).toBe(false);
        // The time begins when the agent comes to its model, which may be after the first look at the clock.
        const deadline = Date.now() + timeoutMs;
        while (!ended && Date.now() < deadline) {
          await clock.advance(limitMs);
          await turns(1);
        }
        const outcome = await work;
        expect(outcome.kind, `what became of the ${kind}`).toBe(kind === "answer" ? "threw" : "value");
        const value: unknown = outcome.kind === "value" ? outcome.value : undefined;
        const { failure } = (value ?? {}) as Partial<Awaited<ReturnType<Agent["analyze"]>>>;
        if (kind === "decision") expect(failure?.retryable, "asking again may help").toBe(true);
      }
    });
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The texts of an error and of what caused it. */
function everythingIn(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 5) return String(error);
  const members = Object.values(error).map((member) => (typeof member === "string" ? member : ""));
  return [error.message, ...members, everythingIn(error.cause ?? "", depth + 1)].join("\n");
}
