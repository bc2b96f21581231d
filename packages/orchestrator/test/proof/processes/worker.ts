/** A process that records in every session and runs the loops, until it is killed or its time is over. */
import { appendFileSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type Clock, systemClock } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type AnswerLine, channelsPlugin, sessionNames, triggers, type WorkerOrder } from "./scenario.js";

const order = JSON.parse(process.argv[2] ?? "null") as WorkerOrder;
const clock: Clock = {
  now: () => Date.now() + order.clockOffsetMs,
  setTimeout: systemClock.setTimeout,
};
const orchestrator = createOrchestrator({
  storage: sqliteStorage({ path: order.databasePath, durability: order.durability }),
  clock,
  triggers,
  sessionTtlSeconds: null,
  plugins: [channelsPlugin(order.ledgerPath, true)],
});
await orchestrator.start();

let input = order.firstInput;
let stopping = false;
if (order.forMs !== null) {
  void pause(order.forMs).then(() => {
    stopping = true;
  });
}

await Promise.all(
  sessionNames.map(async (externalId) => {
    const { id: sessionId } = await orchestrator.createSession({ externalId, ifExists: "return" });
    for (let round = 0; !stopping; round += 1) {
      const type = round % 20 === 7 ? "quote" : round % 20 === 13 ? "question" : "field_change";
      input += 1;
      const askedAt = Date.now();
      const { id, seq } = await orchestrator.recordActivity(sessionId, {
        type,
        data: { fieldId: "ssn", value: `${round}`, input },
      });
      const answer: AnswerLine = { sessionId, id, seq, askedAt, answeredAt: Date.now() };
      // What is not on record was not told.
      appendFileSync(order.answersPath, `${JSON.stringify(answer)}\n`);
      if (round === 0) writeSync(1, ".");
      if (order.pauseMs > 0) await pause(order.pauseMs);
    }
  }),
);
await orchestrator.stop();
