import { describe, expect, it } from "vitest";
import { z } from "zod";
import { OrchestratorError, parseStandard, parseWith } from "../src/index.js";

describe("OrchestratorError", () => {
  it("takes retryable from its code, unless told otherwise", () => {
    expect(new OrchestratorError("storage_busy", "x").retryable).toBe(true);
    expect(new OrchestratorError("session_closed", "x").retryable).toBe(false);
    expect(new OrchestratorError("session_closed", "x", { retryable: true }).retryable).toBe(true);
  });

  it("is recognized across two copies of the package, by its marker", () => {
    const foreign = Object.assign(new Error("from another copy"), {
      [Symbol.for("hybrid-orchestrator.error")]: true,
      code: "timeout",
    });
    expect(OrchestratorError.isInstance(foreign)).toBe(true);
    expect(OrchestratorError.isInstance(foreign, "timeout")).toBe(true);
    expect(OrchestratorError.isInstance(foreign, "internal")).toBe(false);
    expect(OrchestratorError.isInstance(new Error("plain"))).toBe(false);
    expect(OrchestratorError.isInstance(null)).toBe(false);
  });

  it("keeps the cause", () => {
    const cause = new Error("below");
    expect(new OrchestratorError("storage_failed", "x", { cause }).cause).toBe(cause);
  });
});

const schema = z.strictObject({ a: z.array(z.strictObject({ n: z.number() })), b: z.string() });
const bad = { a: [{ n: 1 }, { n: "x" }], b: 3 };

describe("parseWith", () => {
  it("lists every mistake with its path", () => {
    const error = caught(() => parseWith(schema, bad, { name: "thing", code: "invalid_configuration" }));
    expect(error.code).toBe("invalid_configuration");
    expect(error.issues.map(({ path }) => path)).toEqual([["a", 1, "n"], ["b"]]);
    expect(error.message).toContain("The thing is not valid. a[1].n:");
  });
});

describe("parseStandard", () => {
  it("reads with any Standard Schema, zod's among them", async () => {
    await expect(parseStandard(schema, { a: [], b: "x" }, { name: "config" })).resolves.toEqual({
      a: [],
      b: "x",
    });
    await expect(parseStandard(schema, bad, { name: "config" })).rejects.toMatchObject({
      code: "invalid_argument",
      issues: [{ path: ["a", 1, "n"] }, { path: ["b"] }],
    });
  });
});

function caught(run: () => unknown): OrchestratorError {
  try {
    run();
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
}
