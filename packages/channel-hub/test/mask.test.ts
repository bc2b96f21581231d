import { describe, expect, it } from "vitest";
import { safeReason } from "../src/index.js";

describe("a reason that is safe to keep", () => {
  it.each([
    ["ada@example.com refused the mail", "[email] refused the mail"],
    ["<Ada.B+x@mail.example.co.uk>: no", "<[email]>: no"],
    ["cannot call +1 (415) 555-0123 now", "cannot call [number] now"],
    ["cannot call 0049.30.1234567", "cannot call [number]"],
    ["card 4111111111111111 refused", "card [number] refused"],
    ["ssn 123-45-6789", "ssn [number]"],
    ["Authorization: Bearer abc.def", "Authorization: Bearer [secret]"],
    ["password=hunter2 is wrong", "password=[secret] is wrong"],
    ['{"api_key": "k1", "a": 1}', '{"api_key": "[secret]", "a": 1}'],
    ["https://x.example/?token=abc&y=1", "https://x.example/?token=[secret]&y=1"],
    ["session ses_AbCdEfGhIjKlMnOpQrStUv ended", "session [secret] ended"],
    ["xoxb-1234-abcdef is revoked", "[secret] is revoked"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0", "[secret].[secret]"],
  ])("masks %j", (text, expected) => {
    expect(safeReason(text)).toBe(expected);
  });

  it.each([
    "HTTP 503 after 30000 ms",
    "connect ECONNREFUSED 127.0.0.1:3001",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "delivery 01943c3e-6b00-7a12-8abc-0123456789ab is unknown",
  ])("leaves %j as it is", (text) => {
    expect(safeReason(text)).toBe(text);
  });

  it("is one line of at most 300 characters", () => {
    expect(safeReason(" a\r\n\tb\u001b[31m ")).toBe("a b [31m");
    expect(safeReason("word ".repeat(1_000))).toHaveLength(300);
  });

  it("does not let a secret through where it cuts", () => {
    const secret = "abcdef0123456789abcdef0123456789";
    for (let padding = 3_960; padding <= 4_000; padding += 1) {
      expect(safeReason(`${"1.".repeat(padding / 2)} ${secret}`)).not.toContain(secret.slice(0, 8));
    }
    expect(safeReason(secret.repeat(1_000))).toBe("a long text without spaces");
  });

  it("costs no time, however long the text", () => {
    const began = performance.now();
    for (const text of [
      "a@".repeat(2_000_000),
      "1 ".repeat(2_000_000),
      "+".repeat(4_000_000),
      `${"a".repeat(3_999)}@`,
      "token".repeat(1_000),
    ])
      safeReason(text);
    expect(performance.now() - began).toBeLessThan(500);
  });
});
