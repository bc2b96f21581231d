import type { JsonObject } from "@hybrid-orchestrator/core";
import { silentLogger } from "@hybrid-orchestrator/core";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it } from "vitest";
import { harness } from "./harness.js";

it("is ready from its start to its stop, and asking opens nothing", async () => {
  const { orchestrator } = await harness({}, { start: false });
  const notRunning = { healthy: false, detail: "The orchestrator is not running." };
  expect([orchestrator.ready, await orchestrator.health()]).toEqual([false, notRunning]);
  expect(orchestrator.ready).toBe(false);
  await orchestrator.start();
  expect([orchestrator.ready, await orchestrator.health()]).toEqual([true, { healthy: true }]);
  const stopping = orchestrator.stop();
  expect(orchestrator.ready).toBe(false);
  await stopping;
  expect(await orchestrator.health()).toEqual(notRunning);
});

it("is as healthy as its storage", async () => {
  const storage = {
    ...sqliteStorage({ path: ":memory:" }),
    health: async () => ({ healthy: false, detail: "The disk is gone." }),
  };
  const { orchestrator } = await harness({ storage });
  expect(await orchestrator.health()).toEqual({ healthy: false, detail: "The disk is gone." });
});

it("lends its logger, which masks", async () => {
  const lines: (JsonObject | undefined)[] = [];
  const { orchestrator } = await harness({
    logger: { ...silentLogger, warn: (_message, fields) => void lines.push(fields) },
  });
  orchestrator.logger.warn("A call failed.", { error: "token=abcdef", plugin: "p" });
  expect(lines).toEqual([{ error: "token=[secret]", plugin: "p" }]);
});
