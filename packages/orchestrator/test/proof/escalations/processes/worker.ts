/** A process in which three people work on six cases at once and run into each other, until it is killed. */
import { appendFileSync, writeSync } from "node:fs";
import {
  type Clock,
  type Escalation,
  escalationStatuses,
  hasEnded,
  OrchestratorError,
  systemClock,
} from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { ledgerLine } from "../../ledger.js";
import { seededRandom } from "../../random.js";
import { type Call, refusals } from "../calls.js";
import { doublesPlugin, optionsOf, queuesOf, reasonUnder, team } from "../scenario.js";
import {
  type AnswerLine,
  capacity,
  type EscalationOrder,
  maxPerHour,
  policy,
  sessionNames,
} from "./order.js";

const order = JSON.parse(process.argv[2] ?? "null") as EscalationOrder;
const clock: Clock = {
  now: () => Date.now() + order.clockOffsetMs,
  setTimeout: systemClock.setTimeout,
};
const random = seededRandom(order.firstInput);
const orchestrator = createOrchestrator({
  ...optionsOf(policy, maxPerHour),
  storage: sqliteStorage({ path: order.databasePath, durability: "normal" }),
  clock,
  plugins: [
    doublesPlugin({
      random,
      clock,
      version: 0,
      write: (entry) => appendFileSync(order.ledgerPath, ledgerLine(entry)),
      shown: () => undefined,
      ran: () => undefined,
      isCalm: () => false,
      isDead: () => false,
      die: () => process.kill(process.pid, "SIGKILL"),
    }),
  ],
});
const { escalations, workers } = orchestrator;
await orchestrator.start();
const open = escalationStatuses.filter((status) => !hasEnded(status));
let input = order.firstInput;

for (const id of team) {
  await workers.register({ id, name: id, queues: queuesOf(id), capacity: { total: capacity } });
  await workers.setPresence(id, "online");
}

type About = Pick<Call, "act" | "sessionId"> & Partial<Pick<Call, "escalationId" | "worker" | "marker">>;

/** Asks, and puts on record what was answered; what is not on record was not told. */
async function ask(about: About, call: () => Promise<unknown>): Promise<void> {
  const unasked = { escalationId: null, worker: null, claimEpoch: null, marker: null, allows: null };
  const asked = { ...unasked, ...about, askedAt: Date.now() };
  const tell = (answer: Pick<Call, "outcome" | "code" | "error" | "granted">, value: unknown): void => {
    const activity = about.act === "write" ? (value as AnswerLine["activity"]) : null;
    const line: AnswerLine = { call: { ...asked, answeredAt: Date.now(), ...answer }, activity };
    appendFileSync(order.answersPath, `${JSON.stringify(line)}\n`);
  };
  try {
    const value = await call();
    const granted = about.act === "claim" ? (value as Escalation) : null;
    const { claimEpoch, holder } = granted ?? {};
    const kept = granted === null ? null : ({ claimEpoch, holder } as Call["granted"]);
    tell({ outcome: "done", code: null, error: null, granted: kept }, value);
    // From now on there is something to be lost.
    if (granted !== null) writeSync(1, ".");
  } catch (error) {
    if (!OrchestratorError.isInstance(error)) throw error;
    const outcome = refusals.has(error.code) ? "refused" : "unknown";
    tell({ outcome, code: error.code, error: error.message, granted: null }, null);
  }
}

async function act(sessionId: string): Promise<void> {
  input += 1;
  const marker = `words #${input}.`;
  const dice = random.below(10);
  if (dice < 2)
    return ask({ act: "write", sessionId, marker }, async () => {
      const { id, seq } = await orchestrator.recordActivity(sessionId, {
        type: "message",
        data: { text: marker },
      });
      return { id, seq };
    });
  if (dice === 2) {
    const data = { fieldId: "a", value: marker };
    return ask({ act: "struggle", sessionId }, () =>
      orchestrator.recordActivity(sessionId, { type: "field_change", data }),
    );
  }
  const [one] = (await escalations.list({ sessionId, status: open })).items;
  if (one === undefined)
    return ask({ act: "open", sessionId }, () => escalations.open(sessionId, { reason: reasonUnder(0) }));
  const { id, holder } = one;
  if (holder === null) {
    // All at once, here and in the other process.
    await Promise.all(
      team.map((worker) =>
        ask({ act: "claim", sessionId, escalationId: id, worker }, () => escalations.claim(id, { worker })),
      ),
    );
    return;
  }
  const { worker } = holder;
  const told = { sessionId, escalationId: id, worker, marker };
  switch (random.below(6)) {
    case 0:
      return ask({ ...told, act: "release" }, () => escalations.release(id, { worker, reason: marker }));
    case 1:
      return ask({ ...told, act: "handBack" }, () =>
        escalations.handBack(id, { worker, note: { text: marker } }),
      );
    case 2:
      return ask({ ...told, act: "transfer" }, () =>
        escalations.transfer(id, { worker, to: { worker: random.pick(team) }, note: marker, seconds: 1 }),
      );
    case 3: {
      const other = random.pick(team);
      return ask({ act: "claim", sessionId, escalationId: id, worker: other }, () =>
        escalations.claim(id, { worker: other }),
      );
    }
    default:
      return ask({ ...told, act: "reply" }, () => escalations.reply(id, { worker, text: marker }));
  }
}

await Promise.all(
  sessionNames.map(async (externalId) => {
    const { id } = await orchestrator.createSession({ externalId, ifExists: "return" });
    for (;;) await act(id);
  }),
);
