import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it } from "vitest";
import { track } from "./harness.js";

it("does not sleep over what came due while it was looking", async () => {
  let now = 1_000_000;
  const delays: number[] = [];
  const storage = sqliteStorage({ path: ":memory:" });
  const orchestrator = track(
    createOrchestrator({
      storage: {
        ...storage,
        async nextWakeAt() {
          const wake = await storage.nextWakeAt();
          // The silence falls due between the look for due sessions and the look at the clock.
          if (wake.sessions !== null) now = Math.max(now, wake.sessions);
          return wake;
        },
      },
      triggers: [
        {
          name: "quiet",
          condition: { type: "no_activity", seconds: 60 },
          action: { type: "ui_action", action: "show" },
        },
      ],
      clock: {
        now: () => now,
        setTimeout(callback, delayMs) {
          delays.push(delayMs);
          const timer = setImmediate(callback);
          return () => clearImmediate(timer);
        },
      },
    }),
  );
  const fired = new Promise<number>((resolve) =>
    orchestrator.on("trigger.fired", ({ data }) => resolve(data.firedAt)),
  );
  await orchestrator.createSession({ ttlSeconds: null });
  await orchestrator.start();
  expect(await fired).toBe(1_060_000);
  expect(delays.filter((delay) => delay > 0)).toEqual([]);
});
