import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createToken, type Storage } from "@hybrid-orchestrator/core";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codeOf, track } from "./harness.js";

const click = { type: "click" };
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hybrid-tokens-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(change: (storage: Storage) => Partial<Storage> = () => ({})): Orchestrator {
  const storage = sqliteStorage({ path: join(folder, "sessions.db"), durability: "normal" });
  return track(createOrchestrator({ storage: { ...storage, ...change(storage) } }));
}

describe("a session that was loaded without its access tokens", () => {
  it("is loaded again for whoever comes with one", async () => {
    const { id, token } = await open().createSession();
    const orchestrator = open();
    // From here on the token's session is known, so that both calls below come into one decision.
    await orchestrator.getSession({ token });
    await orchestrator.recordActivity({ id }, click);
    const [byId, byToken] = await Promise.all([
      orchestrator.recordActivity({ id }, click),
      orchestrator.recordActivity({ token }, click),
    ]);
    expect([byId.seq, byToken.seq].sort()).toEqual([2, 3]);
    expect(await codeOf(orchestrator.recordActivity({ token: createToken() }, click))).toBe(
      "session_not_found",
    );
    expect((await orchestrator.recordActivity({ id }, click)).seq).toBe(4);
  });

  it("refuses nobody who comes with one while it is being loaded", async () => {
    const { id, token } = await open().createSession();
    let loading: () => void = () => undefined;
    let go: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      loading = resolve;
    });
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const orchestrator = open((storage) => ({
      async load(requests) {
        const snapshots = await storage.load(requests);
        loading();
        await gate;
        return snapshots;
      },
    }));
    const first = orchestrator.recordActivity({ id }, click);
    await begun;
    const second = orchestrator.recordActivity({ token }, click);
    // The look-up of the token is over before the load is.
    await orchestrator.getSession({ token });
    go();
    expect([(await first).seq, (await second).seq]).toEqual([1, 2]);
  });
});
