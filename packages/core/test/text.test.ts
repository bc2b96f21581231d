import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isStorableText,
  newActivitySchema,
  newSessionSchema,
  storableText,
  triggerSchema,
} from "../src/index.js";

describe("a storable text", () => {
  it("comes back from UTF-8 as it was, and has no NUL", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.constantFrom("", "\0", "\ud800", "\udfff", "🧑"),
        (text, odd) => {
          const whole = text + odd;
          const survives = Buffer.from(whole).toString() === whole && !whole.includes("\0");
          expect(isStorableText(whole)).toBe(survives);
        },
      ),
    );
  });

  it.each(["a\0b", "\ud800", "x\udc00y"])("is what every name in an input has to be (%j is none)", (bad) => {
    const trigger = {
      condition: { type: "no_activity", seconds: 1 },
      action: { type: "ui_action", action: "a" },
    };
    expect(triggerSchema.safeParse({ ...trigger, name: "good" }).success).toBe(true);
    const results = [
      storableText.safeParse(bad),
      newSessionSchema.safeParse({ externalId: bad }),
      newSessionSchema.safeParse({ workflow: bad }),
      newActivitySchema.safeParse({ type: bad }),
      newActivitySchema.safeParse({ type: "click", channel: bad }),
      triggerSchema.safeParse({ ...trigger, name: bad }),
    ];
    for (const { success, error } of results) {
      expect(success).toBe(false);
      expect(error?.issues[0]?.message).toContain("U+0000");
    }
  });

  it("is not asked of values, where JSON escapes both", () => {
    expect(newActivitySchema.safeParse({ type: "click", data: { a: "\0\ud800" } }).success).toBe(true);
  });
});
