import type { TriggerInput } from "@hybrid-orchestrator/core";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { describe, expect, it } from "vitest";
import { postgresStorage } from "../src/index.js";
import { atEnd, temporaryDatabase } from "./database.js";

const each: TriggerInput = {
  name: "each",
  condition: { type: "field_changed" },
  action: { type: "ui_action", action: "noted" },
  maxFires: 1_000_000,
  cooldownSeconds: 0,
};

async function twoNodes(): Promise<readonly [Orchestrator, Orchestrator]> {
  const config = temporaryDatabase();
  const node = async () => {
    const orchestrator = createOrchestrator({ storage: postgresStorage(config), triggers: [each] });
    atEnd(() => orchestrator.stop());
    await orchestrator.start();
    return orchestrator;
  };
  return [await node(), await node()];
}

describe("two orchestrators on one PostgreSQL", () => {
  it("record into the same sessions at once: no gap, no doubled firing, every answer true", async () => {
    const nodes = await twoNodes();
    const [first] = nodes;
    const sessions = await Promise.all(Array.from({ length: 3 }, () => first.createSession()));
    const recorded = await Promise.all(
      nodes.flatMap((node, index) =>
        sessions.flatMap(({ id }) =>
          Array.from({ length: 40 }, async (_, number) => {
            const data = { fieldId: "a", value: `${index}/${number}` };
            return { session: id, activity: await node.recordActivity(id, { type: "field_change", data }) };
          }),
        ),
      ),
    );
    for (const { id } of sessions) {
      const log = (await first.listActivities(id, { limit: 500, order: "asc" })).items;
      const firings = (await first.listFirings({ session: id, limit: 500, order: "asc" })).items;
      expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
      expect(firings.map(({ ordinal }) => ordinal)).toEqual(firings.map((_, index) => index + 1));
      expect(new Set(firings.map(({ seq }) => seq)).size).toBe(firings.length);
      for (const { session, activity } of recorded)
        if (session === id) expect(log[activity.seq - 1]).toEqual(activity);
    }
  });

  it("do what is due once, whichever of them gets to it", async () => {
    const nodes = await twoNodes();
    const [first, second] = nodes;
    const sessions = await Promise.all(
      Array.from({ length: 10 }, () => first.createSession({ ttlSeconds: 0.001 })),
    );
    await Promise.all(nodes.map((node) => node.checkTriggers()));
    await Promise.all(nodes.map((node) => node.checkTriggers()));
    for (const { id } of sessions) {
      expect((await second.getSession(id)).status).toBe("expired");
      const changes = (await second.listActivities(id, { limit: 10 })).items.filter(
        ({ type }) => type === "session.status_changed",
      );
      expect(changes).toHaveLength(1);
    }
  });
});
