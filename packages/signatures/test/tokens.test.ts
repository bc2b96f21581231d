import { createId, OrchestratorError } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createSecret,
  memoryUsedTokens,
  signedTokens,
  type TokenEncoding,
  type TokenVerdict,
} from "../src/index.js";
import { anyText, now } from "./schemes.js";

const key = { id: 1, secret: createSecret() };
const hour = 3_600_000;
const purpose = "reply";
const uuids = fc.uuid();
const texts = fc.oneof(
  uuids,
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => !text.includes("\0")),
);
const coded = (code: string) => expect.objectContaining({ code });

describe.each<TokenEncoding>(["base64url", "base32"])("a token in %s", (encoding) => {
  const tokens = signedTokens({ keys: [key], encoding });
  const subjects = encoding === "base32" ? fc.oneof(uuids, fc.stringMatching(/^[\w:.-]{1,23}$/)) : texts;
  const token = tokens.sign({ purpose, subject: createId(now), expiresAt: now + hour });
  const look = (text: string, at = now) => tokens.verify(text, { purpose, now: at });

  it("says what was signed, until it expires and no longer", () => {
    fc.assert(
      fc.property(subjects, fc.integer({ min: 1, max: 4_294_967_294_000 }), (subject, expiresAt) => {
        const text = tokens.sign({ purpose, subject, expiresAt });
        const expires = Math.ceil(expiresAt / 1000) * 1000;
        expect(text).toBe(encodeURIComponent(text));
        expect(look(text, expires - 1)).toEqual({
          ok: true,
          subject,
          expiresAt: expires,
          id: expect.any(String),
        });
        expect(look(text, expires)).toMatchObject({ ok: false, reason: "expired" });
      }),
    );
  });

  it("is refused with any other character anywhere", () => {
    const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=. %\u212Aä";
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), fc.constantFrom(...alphabet), (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        const same =
          encoding === "base32"
            ? changed.toLowerCase() === token && character !== "\u212A"
            : changed === token;
        expect(look(changed).ok).toBe(same);
      }),
      { numRuns: 1000 },
    );
  });

  it("is refused when cut, longer, empty or not a token", () => {
    for (let length = 0; length < token.length; length++) expect(look(token.slice(0, length)).ok).toBe(false);
    for (const text of [
      `${token}a`,
      `${token}=`,
      ` ${token}`,
      `${token}\n`,
      token + token,
      "a".repeat(100_000),
    ])
      expect(look(text).ok).toBe(false);
    fc.assert(fc.property(anyText, (text) => !look(text).ok));
  });

  it("is good for its purpose, its encoding and its key alone", () => {
    expect(tokens.verify(token, { purpose: "resume", now })).toMatchObject({ reason: "mismatch" });
    const other = encoding === "base32" ? "base64url" : "base32";
    const bytes = signedTokens({ keys: [key], encoding: other }).sign({
      purpose,
      subject: "a",
      expiresAt: now + hour,
    });
    expect(look(bytes).ok).toBe(false);
    const stranger = signedTokens({ keys: [{ id: 1, secret: createSecret() }], encoding });
    expect(stranger.verify(token, { purpose, now })).toMatchObject({ reason: "mismatch" });
    const unknown = signedTokens({ keys: [{ ...key, id: 2 }], encoding });
    expect(unknown.verify(token, { purpose, now })).toMatchObject({
      reason: "mismatch",
      detail: "key 1 is not known",
    });
  });

  it("outlives a rotation while its key is among the keys", () => {
    const rotated = signedTokens({ keys: [{ id: 127, secret: createSecret() }, key], encoding });
    expect(rotated.verify(token, { purpose, now }).ok).toBe(true);
    const next = rotated.sign({ purpose, subject: "a", expiresAt: now + hour });
    expect(rotated.verify(next, { purpose, now }).ok).toBe(true);
    expect(look(next)).toMatchObject({ reason: "mismatch", detail: "key 127 is not known" });
  });

  it("stands in no verdict", () => {
    const verdicts = [look(token), look(token, now + 2 * hour), tokens.verify(token, { purpose: "x", now })];
    expect(JSON.stringify(verdicts)).not.toContain(token);
  });
});

describe("a token in a mail address", () => {
  const tokens = signedTokens({ keys: [key], encoding: "base32" });
  const subject = createId(now);

  it("leaves room for a name, and survives a change of its case", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 53, maxLength: 53 }), (upper) => {
        const token = tokens.sign({ purpose, subject, expiresAt: now + hour });
        expect(token).toMatch(/^[a-z2-7]{53}$/);
        expect(`assistant+${token}`.length).toBeLessThanOrEqual(64);
        const written = [...token].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join("");
        const [plain, changed] = [token, written].map((text) => tokens.verify(text, { purpose, now }));
        expect(changed).toMatchObject({ ok: true, subject });
        expect(changed).toEqual(plain);
      }),
    );
  });

  it("is not made when it would not fit", () => {
    const sign = (text: string) => tokens.sign({ purpose, subject: text, expiresAt: now + hour });
    expect(sign("x".repeat(23)).length).toBeLessThanOrEqual(64);
    expect(() => sign("x".repeat(24))).toThrow(coded("data_too_large"));
  });
});

describe("a single use", () => {
  const tokens = signedTokens({ keys: [key] });
  const sign = (subject: string, expiresAt = now + hour) => tokens.sign({ purpose, subject, expiresAt });

  it("is given to one of many who come at once", async () => {
    const used = memoryUsedTokens();
    const token = sign("a");
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, () => tokens.redeem(token, { purpose, now, used })),
    );
    expect(verdicts.filter((verdict) => verdict.ok)).toHaveLength(1);
    expect(verdicts.filter((verdict) => !verdict.ok && verdict.reason === "used")).toHaveLength(19);
    expect((await tokens.redeem(sign("b"), { purpose, now, used })).ok).toBe(true);
  });

  it("is not spent by looking, nor by a token that does not hold", async () => {
    const used = memoryUsedTokens();
    const token = sign("a");
    const redeem = (text: string, at: number, of = purpose): Promise<TokenVerdict> =>
      tokens.redeem(text, { purpose: of, now: at, used });
    expect(tokens.verify(token, { purpose, now }).ok).toBe(true);
    expect(await redeem(token, now, "resume")).toMatchObject({ reason: "mismatch" });
    expect(await redeem(token, now + 2 * hour)).toMatchObject({ reason: "expired" });
    expect((await redeem(token, now)).ok).toBe(true);
  });

  it("is remembered until the token expires, and not forgotten to make room", async () => {
    let time = now;
    const used = memoryUsedTokens({ clock: { now: () => time }, maxTokens: 2 });
    const [short, long] = [sign("a", now + 1000), sign("b", now + hour)];
    const redeem = (token: string) => tokens.redeem(token, { purpose, now: time, used });
    expect([(await redeem(short)).ok, (await redeem(long)).ok]).toEqual([true, true]);
    await expect(redeem(sign("c"))).rejects.toSatisfy((error) =>
      OrchestratorError.isInstance(error, "storage_full"),
    );
    time += 2000;
    expect((await redeem(sign("c"))).ok).toBe(true);
    expect(await redeem(long)).toMatchObject({ reason: "used" });
  });
});

it("refuses claims and keys that are wrong, with coded errors", () => {
  const tokens = signedTokens({ keys: [key] });
  const claims = { purpose, subject: "a", expiresAt: now };
  for (const wrong of ["", "Reply", "1a", "a b", "a\0", "x".repeat(33)]) {
    expect(() => tokens.sign({ ...claims, purpose: wrong })).toThrow(coded("invalid_argument"));
    expect(() => tokens.verify("a", { purpose: wrong, now })).toThrow(coded("invalid_argument"));
  }
  for (const subject of ["", "\0", "\uD800"])
    expect(() => tokens.sign({ ...claims, subject })).toThrow(coded("invalid_argument"));
  expect(() => tokens.sign({ ...claims, subject: "x".repeat(513) })).toThrow(coded("data_too_large"));
  for (const expiresAt of [-1001, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32 * 1000])
    expect(() => tokens.sign({ ...claims, expiresAt })).toThrow(coded("invalid_argument"));
  for (const keys of [
    [],
    [key, key],
    [{ ...key, id: -1 }],
    [{ ...key, id: 128 }],
    [{ ...key, id: 0.5 }],
    [{ id: 1, secret: "x" }],
  ])
    expect(() => signedTokens({ keys })).toThrow(coded("invalid_configuration"));
});

it("makes the same token for the same claims", () => {
  const claims = { purpose, subject: "a", expiresAt: now };
  const sign = () => signedTokens({ keys: [{ id: 3, secret: `whsec_${"A".repeat(32)}` }] }).sign(claims);
  expect(sign()).toBe(sign());
});
