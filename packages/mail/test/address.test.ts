import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskAddresses, parseAddress } from "../src/address.js";

describe("an address", () => {
  it.each([
    ["ada@example.org", "ada@example.org"],
    ["Ada.Lovelace+claims@Sub.Example.ORG", "Ada.Lovelace+claims@sub.example.org"],
    ["o'neil/a=b@example.org", "o'neil/a=b@example.org"],
    ["ada@localhost", "ada@localhost"],
    ["ada@münchen.example", "ada@xn--mnchen-3ya.example"],
  ])("%s is %s", (text, address) => {
    expect(parseAddress(text)).toBe(address);
  });

  it.each([
    ".ada@example.org",
    "ada.@example.org",
    "a..b@example.org",
    "ada@-x.org",
    "ada@x..org",
    "ada@",
    "@x.org",
    `${"x".repeat(65)}@x.org`,
    `ada@${"x.".repeat(125)}org`,
    "ädа@example.org",
  ])("%s is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it("that is accepted holds nothing that SMTP or a header would read as more", () => {
    const parts = fc.constantFrom(
      "ada",
      "@",
      "example.org",
      "\r\n",
      "\n",
      " ",
      ",",
      ";",
      "<",
      ">",
      ":",
      '"',
      "\0",
      "RCPT TO",
      ".",
      "(x)",
      "\t",
      "%0a",
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (pieces) => {
        const address = parseAddress(pieces.join(""));
        if (address !== undefined) expect(address).toMatch(/^[^\s,;<>:"()@\0]+@[a-z0-9.-]+$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

it("is masked wherever it stands", () => {
  expect(maskAddresses("550 <ada.lovelace@example.org>: unknown; see bob@x.y, [c@d.e]")).toBe(
    "550 <a***@example.org>: unknown; see b***@x.y, [c***@d.e]",
  );
});
