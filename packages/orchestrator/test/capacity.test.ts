import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { faultyStorage, virtualClock } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { channelPlugin, recordingChannel, track } from "./harness.js";

it("comes back when a claim dies with its process between the worker's record and the session's", async () => {
  const clock = virtualClock(Date.UTC(2026, 0, 5, 9));
  const shared = sqliteStorage({ path: ":memory:" });
  let dying = false;
  const node = (fault: () => "cut_after" | null): Orchestrator =>
    createOrchestrator({
      storage: faultyStorage(shared, {
        shared: true,
        fault: ({ method }) => (method === "commit" ? fault() : null),
      }),
      clock,
      plugins: [channelPlugin(recordingChannel("test", []))],
      escalation: {
        policies: {
          calls: {
            levels: [{ targets: [{ channel: "test" }], waitSeconds: 600 }],
            onExhausted: { action: "expire" },
          },
          offers: {
            levels: [{ targets: [{ worker: "ann" }], assign: "offer", waitSeconds: 600 }],
            onExhausted: { action: "expire" },
          },
        },
        defaultPolicy: "calls",
      },
    });
  const dead = node(() => (dying ? "cut_after" : null));
  const heir = track(node(() => null));
  await heir.start();
  await heir.workers.register({ id: "ann", name: "Ann", capacity: { total: 1 } });
  const { id } = await heir.createSession();
  const { id: first } = await heir.escalations.open(id, { reason: "stuck" });
  dying = true;
  void dead.escalations.claim(first, { worker: "ann" });
  const slots = async () => (await heir.workers.get("ann")).slots.map(({ escalationId }) => escalationId);
  await expect.poll(slots).toEqual([first]);

  await heir.escalations.cancel(first);
  await heir.workers.setPresence("ann", "online");
  const { id: next } = await heir.escalations.open(id, { reason: "stuck again", policy: "offers" });
  await clock.advance(75_000);
  expect((await heir.escalations.get(next)).offers.map(({ worker }) => worker)).toEqual(["ann"]);
});
