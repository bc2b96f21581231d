import type { Storage } from "@hybrid-orchestrator/core";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { faultyStorage, virtualClock } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { channelPlugin, codeOf, recordingChannel, track } from "./harness.js";
import { turns } from "./proof/nodes.js";

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

/** Two nodes on one database, the second of which sees no session until `arrive` is called; two workers with one place. */
async function slowNeighbour() {
  const clock = virtualClock(Date.UTC(2026, 0, 5, 9));
  const shared = sqliteStorage({ path: ":memory:" });
  let arrive: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const quick = faultyStorage(shared, { shared: true, fault: () => null });
  const node = (storage: Storage): Orchestrator =>
    track(
      createOrchestrator({
        storage,
        clock,
        plugins: [channelPlugin(recordingChannel("test", []))],
        escalation: {},
      }),
    );
  const first = node(quick);
  const second = node({
    ...quick,
    async load(requests) {
      await slow;
      return shared.load(requests);
    },
  });
  await first.start();
  for (const id of ["ann", "bob"]) {
    await first.workers.register({ id, name: id, queues: ["default"], capacity: { total: 1 } });
    await first.workers.setPresence(id, "online");
  }
  const open = async () => {
    const { id } = await first.createSession();
    return (await first.escalations.open(id, { reason: "stuck" })).id;
  };
  const held = async (worker: string) =>
    (await first.escalations.list()).items.filter(({ holder }) => holder?.worker === worker).length;
  return { clock, first, second, arrive, held, contested: await open(), next: await open() };
}

it("is not exceeded when one of two claims of a worker is refused while the other is on its way", async () => {
  const { first, second, arrive, held, contested, next } = await slowNeighbour();
  await first.escalations.claim(contested, { worker: "bob" });
  const late = codeOf(second.escalations.claim(contested, { worker: "ann" }));
  await expect.poll(async () => (await first.workers.get("ann")).slots.length).toBe(1);
  expect(await codeOf(first.escalations.claim(contested, { worker: "ann" }))).toBe("escalation_taken");
  await first.escalations.release(contested, { worker: "bob" });
  await codeOf(first.escalations.claim(next, { worker: "ann" }));
  arrive();
  await late;
  expect(await held("ann")).toBe(1);
});

it("is not exceeded when what a worker holds is lost while they claim it again", async () => {
  const { clock, first, second, arrive, held, contested, next } = await slowNeighbour();
  await first.escalations.claim(contested, { worker: "ann" });
  const placed = () => first.workers.get("ann").then(({ slots }) => slots[0]?.state);
  expect(await placed()).toBe("held");
  const late = codeOf(second.escalations.claim(contested, { worker: "ann" }));
  await turns(50);
  await first.escalations.release(contested, { worker: "ann" });
  await clock.advance(1_000);
  await codeOf(first.escalations.claim(next, { worker: "ann" }));
  arrive();
  await late;
  expect(await held("ann")).toBe(1);
});
