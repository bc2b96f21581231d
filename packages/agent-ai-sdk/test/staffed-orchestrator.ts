import type { Agent, EscalationPolicyInput } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { decidingAgent } from "@hybrid-orchestrator/testkit";
import type { HandoffOrchestrator } from "../src/index.js";
import { atEnd } from "./model-server.js";

const policy: EscalationPolicyInput = {
  levels: [{ targets: [{ queue: "support" }], waitSeconds: 600 }],
  onExhausted: { action: "back_to_ai" },
};

/** An orchestrator on a database in memory, with a worker who is there; and what a wrapped bot does with it. */
export async function staffedOrchestrator({ agent }: { readonly agent?: Agent } = {}) {
  const real = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    escalation: { policies: { support: policy } },
    plugins: agent === undefined ? [] : [{ specVersion: 1, name: "bot", setup: (host) => host.agent(agent) }],
  });
  atEnd(() => real.stop());
  await real.start();
  await real.workers.register({ id: "grace", name: "Grace", queues: ["support"], capacity: { total: 5 } });
  await real.workers.setPresence("grace", "online");

  let watchers = 0;
  let beforeReply: (sessionId: string) => Promise<void> = async () => undefined;
  const orchestrator: HandoffOrchestrator = {
    createSession: (session) => real.createSession(session),
    getSession: (ref) => real.getSession(ref),
    async recordActivity(ref, activity, options) {
      if (activity.type === "ai_message") await beforeReply(ref);
      return real.recordActivity(ref, activity, options);
    },
    listActivities: (ref, query) => real.listActivities(ref, query),
    on(event, listener) {
      watchers += 1;
      const end = real.on(event, listener);
      return () => {
        watchers -= 1;
        end();
      };
    },
    escalations: real.escalations,
  };

  async function openEscalation(sessionId: string): Promise<string> {
    // The one that is open already, where there is one: a second takeover merges into it.
    return (await real.escalations.open(sessionId, { reason: "A human steps in." })).id;
  }
  return {
    real,
    orchestrator,
    get watchers() {
      return watchers;
    },
    /** What happens after the bot's last look and before its reply is recorded. */
    beforeReply(work: (sessionId: string) => Promise<void>) {
      beforeReply = work;
    },
    async takeOver(sessionId: string) {
      await real.escalations.claim(await openEscalation(sessionId), { worker: "grace" });
    },
    /** The worker is gone, and another is looked for. */
    async release(sessionId: string) {
      await real.escalations.release(await openEscalation(sessionId), { worker: "grace" });
    },
    async reply(sessionId: string, text: string) {
      await real.escalations.reply(await openEscalation(sessionId), { worker: "grace", text });
    },
    async handBack(
      sessionId: string,
      note: { facts?: string[]; promises?: string[]; avoid?: string[] } = {},
    ) {
      const id = await openEscalation(sessionId);
      const given = { text: "All is said.", ...note };
      await real.escalations.handBack(id, { worker: "grace", note: given, mode: "wait_for_user" });
    },
    /** What was said, and by whom. */
    async log(sessionId: string) {
      const { items } = await real.listActivities(sessionId, { limit: 50, order: "asc" });
      return items.flatMap(({ type, data }) =>
        type.startsWith("session.")
          ? []
          : [[type, data.text, ...(data.reason === undefined ? [] : [data.reason])]],
      );
    },
  };
}

export const botAgent = () =>
  decidingAgent(
    { action: "continue", reasoning: "The bot answers by itself.", confidence: 1 },
    { name: "bot" },
  );
