import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { type SqliteStorage, sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { change, channelPlugin, codeOf, recordingChannel, track } from "./harness.js";

/** A storage whose next load has read and does not answer until it is let go, as over a slow network. */
function slowLoads() {
  const inner: SqliteStorage = sqliteStorage({ path: ":memory:" });
  let hold = false;
  let release: () => void = () => undefined;
  let hasRead: () => void = () => undefined;
  const storage: SqliteStorage = {
    ...inner,
    close: async () => undefined,
    async load(requests) {
      const snapshots = await inner.load(requests);
      if (!hold) return snapshots;
      hold = false;
      await new Promise<void>((resolve) => {
        release = resolve;
        hasRead();
      });
      return snapshots;
    },
  };
  return {
    storage,
    /** Resolves once the next load has read. */
    holdNext() {
      hold = true;
      return new Promise<void>((resolve) => {
        hasRead = resolve;
      });
    },
    release: () => release(),
  };
}

describe("what comes while a session is being loaded", () => {
  it("is not refused for a state that had ended before it came", async () => {
    const { storage, holdNext, release } = slowLoads();
    const clock = virtualClock();
    const [here, there] = [0, 1].map(() => track(createOrchestrator({ storage, clock }))) as [
      ReturnType<typeof createOrchestrator>,
      ReturnType<typeof createOrchestrator>,
    ];
    const { id } = await there.createSession();
    await there.abandon(id);
    const reading = holdNext();
    const early = codeOf(here.recordActivity({ id }, change("a")));
    await reading;
    await there.resume(id);
    const late = here.recordActivity({ id }, change("a"));
    release();
    expect(await early).toBe("session_closed");
    expect(await late).toMatchObject({ seq: 3 });
  });

  it("finds a delivery that has ended", async () => {
    const { storage, holdNext, release } = slowLoads();
    const clock = virtualClock();
    const sender = track(
      createOrchestrator({ storage, clock, plugins: [channelPlugin(recordingChannel("test", []))] }),
    );
    await sender.start();
    const { id } = await sender.createSession();
    const { deliveryId } = await sender.send(id, { content: "Hello" });
    await clock.advance(2_000);
    const reader = track(createOrchestrator({ storage, clock }));
    const reading = holdNext();
    const recorded = reader.recordActivity({ id }, change("a"));
    await reading;
    const delivery = reader.getDelivery(deliveryId);
    // Its look-up is done before the load answers.
    await new Promise((resolve) => setImmediate(resolve));
    release();
    expect(await delivery).toMatchObject({ status: "sent" });
    expect(await recorded).toMatchObject({ seq: 1 });
  });
});
