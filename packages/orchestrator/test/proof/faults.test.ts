import type { StorageCall, StorageFault } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { counts } from "./counts.js";
import { play } from "./faults/scenario.js";
import { tellFigures } from "./figures.js";

it("holds when the storage fails at any one call, before or after its effect, or with its process", async () => {
  const startedAt = Date.now();
  const clean = await play(null);
  expect(clean.violations).toEqual([]);
  // Two messages, two prompts and an escalation's action at least: the scenario does what it is there for.
  expect(clean.effects).toBeGreaterThan(5);
  const broken: string[] = [];
  let played = 0;
  for (const [index, method] of clean.calls.entries()) {
    for (const fault of faultsOf(method, index)) {
      const { violations } = await play({ number: index + 1, fault });
      played += 1;
      if (violations.length > 0)
        broken.push(`${fault} at call ${index + 1}, ${method}: ${violations.join("; ")}`);
    }
  }
  expect(broken).toEqual([]);
  tellFigures("storage faults", `${played} faults at ${clean.calls.length} calls`, startedAt);
}, 600_000);

const writing: ReadonlySet<StorageCall["method"]> = new Set(["commit", "decideLocked", "heartbeat"]);

/** A read that fails before or after its effect is the same; only writes have an outcome that may be unknown. */
function faultsOf(method: StorageCall["method"], index: number): readonly StorageFault[] {
  if (writing.has(method)) return ["before", "after", "refuse", "conflict", "cut", "cut_after"];
  if (counts.allFaults) return ["before", "cut"];
  // Every other one: the next read of a session looks much like the one before.
  return index % 2 === 0 ? ["before"] : [];
}
