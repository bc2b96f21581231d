import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyText, now, type Scheme, schemes, withHeaders } from "./schemes.js";

const bodies = fc.oneof(
  anyText,
  fc.json(),
  fc.constantFrom("", "\uFEFF{}", "{timestamp}.{body}", "$&$1$`", "a\r\nb\0"),
);
const minute = 60_000;

describe.each(schemes)("$name", (scheme: Scheme) => {
  const secret = scheme.newSecret();
  const verify = scheme.verifier(secret);
  const signed = scheme.sign('{"type":"a"}', now, secret);

  it("accepts what its sender signs, whatever the body", () => {
    fc.assert(
      fc.property(bodies, (body) => {
        expect(verify(scheme.sign(body, now, secret), now)).toMatchObject({ ok: true });
      }),
    );
  });

  it("says when it was signed, where that is signed", () => {
    expect(verify(signed, now)).toEqual({
      ok: true,
      ...(scheme.coversBody && { id: expect.stringMatching(/^[\w-]{5,}$/) }),
      ...(scheme.timed && { signedAt: Math.floor(now / 1000) * 1000 }),
    });
  });

  it("refuses any flipped bit of the signed body", () => {
    if (!scheme.coversBody) return;
    fc.assert(
      fc.property(
        fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 300, size: "max" }),
        fc.nat(),
        fc.nat({ max: 6 }),
        (body, position, bit) => {
          const at = position % body.length;
          const flipped = String.fromCharCode(body.charCodeAt(at) ^ (1 << bit));
          const changed = body.slice(0, at) + flipped + body.slice(at + 1);
          const request = { ...scheme.sign(body, now, secret), body: changed };
          expect(verify(request, now)).toMatchObject({ ok: false, reason: "mismatch" });
        },
      ),
    );
  });

  it("refuses any other character in a header that it relies on", () => {
    const named = [
      scheme.header,
      "webhook-id",
      "webhook-timestamp",
      "x-timestamp",
      "x-slack-request-timestamp",
    ];
    const present = named.filter((header) => signed.headers.has(header));
    fc.assert(
      fc.property(
        fc.constantFrom(...present),
        fc.nat(),
        fc.integer({ min: 0x21, max: 0x7e }),
        (header, position, code) => {
          const value = signed.headers.get(header)!;
          const at = position % value.length;
          const replaced = value.slice(0, at) + String.fromCharCode(code) + value.slice(at + 1);
          fc.pre(replaced.toLowerCase() !== value.toLowerCase());
          expect(verify(withHeaders(signed, { [header]: replaced }), now).ok).toBe(false);
        },
      ),
    );
  });

  it("refuses a signature that is cut, longer, empty, missing or of another secret", () => {
    const value = signed.headers.get(scheme.header)!;
    for (const other of [value.slice(0, -1), `${value}A`, value.slice(0, 8), "", "=", ",", "\u00ff"]) {
      const verdict = verify(withHeaders(signed, { [scheme.header]: other }), now);
      expect(verdict.ok ? other : verdict.reason).toMatch(/^(mismatch|malformed)$/);
    }
    expect(verify(withHeaders(signed, { [scheme.header]: null }), now)).toMatchObject({ reason: "missing" });
    expect(scheme.verifier(scheme.newSecret())(signed, now)).toMatchObject({ reason: "mismatch" });
  });

  it("accepts every one of several secrets", () => {
    const [old, next] = [scheme.newSecret(), scheme.newSecret()];
    const both = scheme.verifier([next, old]);
    expect(both(scheme.sign("{}", now, old), now).ok).toBe(true);
    expect(both(scheme.sign("{}", now, next), now).ok).toBe(true);
    expect(both(signed, now)).toMatchObject({ ok: false, reason: "mismatch" });
  });

  it("accepts five minutes of age and five of advance, and no second more", () => {
    if (!scheme.timed) return;
    const at = (signedAt: number) => verify(scheme.sign("{}", signedAt, secret), now);
    expect(at(now - 5 * minute).ok).toBe(true);
    expect(at(now + 5 * minute).ok).toBe(true);
    expect(at(now - 5 * minute - 1000)).toEqual({ ok: false, reason: "expired", detail: "signed 301 s ago" });
    expect(at(now + 5 * minute + 1000)).toMatchObject({ ok: false, reason: "future" });
  });

  it("puts neither secret, nor signature, nor body into a detail", () => {
    const value = signed.headers.get(scheme.header)!;
    const refused = [
      scheme.verifier(scheme.newSecret())(signed, now),
      verify({ ...signed, headers: new Headers() }, now),
      verify(withHeaders(signed, { [scheme.header]: `x${value}` }), now),
      verify(signed, now + 60 * minute),
      verify({ ...signed, body: "private" }, now),
    ];
    expect(JSON.stringify(refused)).not.toMatch(/secret-|whsec_|private/);
    expect(JSON.stringify(refused)).not.toContain(value.slice(8));
  });

  it("refuses secrets that are missing, empty or surrounded by white space, without printing them", () => {
    const wrong = [[], "", [secret, ""], `${secret}\n`, ` ${secret}`, [undefined as unknown as string]];
    for (const secrets of wrong) {
      expect(() => scheme.verifier(secrets)).toThrow(
        expect.objectContaining({
          code: "invalid_configuration",
          message: expect.not.stringContaining(secret),
        }),
      );
    }
  });
});
