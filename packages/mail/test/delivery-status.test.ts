import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDeliveryStatus } from "../src/delivery-status.js";

describe("a delivery status", () => {
  it("names each recipient, over folded lines, in any case and with any line ends", () => {
    const part = [
      "Reporting-MTA: dns; mx.example.org",
      "Arrival-Date: Wed, 25 Nov 2026 10:00:00 +0000",
      "",
      "Final-Recipient: rfc822; ada@example.com",
      "ACTION: Failed",
      "Status:",
      "  5.1.1 (no such user)",
      "Diagnostic-Code: smtp; 550 5.1.1 no such user:",
      "  Action: delivered",
      "",
      "",
      "Final-Recipient: rfc822; eve@example.com",
      "Action: delayed",
      "Status: 4.4.1",
      "",
      "Action: unheard-of",
    ];
    const expected = [
      { action: "failed", status: "5.1.1", isDeadAddress: true },
      { action: "delayed", status: "4.4.1", isDeadAddress: false },
    ];
    expect(readDeliveryStatus(part.join("\r\n"))).toEqual(expected);
    expect(readDeliveryStatus(part.join("\n"))).toEqual(expected);
  });

  it("has no status where that is malformed", () => {
    for (const status of ["5", "5.1", "x5.1.1", "9.1.1", "5.1.1.1.1x".slice(0, 3)])
      expect(readDeliveryStatus(`Action: failed\nStatus: ${status}`)).toEqual([
        { action: "failed", status: "", isDeadAddress: false },
      ]);
  });

  it("is read without a throw, whatever it holds", () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(readDeliveryStatus(text))));
  });
});
