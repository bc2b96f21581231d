import { describe, expect, it } from "vitest";
import { createId, createToken, hashToken, isToken } from "../src/index.js";

describe("createId", () => {
  it("is a UUID of version 7 whose first 48 bits are the time", () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    const id = createId(at);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(at);
  });

  it("sorts by time, and by creation within a millisecond", () => {
    const at = Date.now();
    const ids = [...Array.from({ length: 100 }, () => createId(at)), createId(at + 1), createId(at + 2)];
    expect([...ids].sort()).toEqual(ids);
  });

  it("does not repeat", () => {
    const at = Date.now();
    expect(new Set(Array.from({ length: 20_000 }, () => createId(at))).size).toBe(20_000);
  });
});

describe("access tokens", () => {
  it("hold 128 random bits", () => {
    const token = createToken();
    expect(token).toMatch(/^ses_[A-Za-z0-9_-]{22}$/);
    expect(Buffer.from(token.slice(4), "base64url")).toHaveLength(16);
    expect(createToken()).not.toBe(token);
  });

  it("are told from ids and external ids", () => {
    expect(isToken(createToken())).toBe(true);
    for (const other of [createId(0), "call_abc", "ses_short", ""]) expect(isToken(other)).toBe(false);
  });

  it("are stored as a hash", () => {
    expect(hashToken("ses_x")).toMatch(/^[0-9a-f]{64}$/);
    expect(hashToken("ses_x")).toBe(hashToken("ses_x"));
    expect(hashToken("ses_x")).not.toBe(hashToken("ses_y"));
  });
});
