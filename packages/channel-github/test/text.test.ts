import { sampleMessage } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { bodyOf, isOurs, markerOf, titleOf } from "../src/text.js";

const body = (
  changes: Parameters<typeof sampleMessage>[0],
  kind: "issue" | "comment" = "issue",
  allowMentions = false,
) => bodyOf(sampleMessage(changes), kind, { allowMentions });

it.each([
  [{ subject: "A\nform", urgency: "critical" }, "A form"],
  [{ urgency: "critical", trigger: "quiet" }, "[URGENT] Alert: quiet"],
  [{ urgency: "high", content: "Short" }, "[Important] Short"],
  [{ trigger: "quiet" }, "Alert: quiet"],
  [{ content: "x".repeat(51) }, `${"x".repeat(50)}...`],
  [{ content: "x".repeat(50) }, "x".repeat(50)],
  [{ content: `${"x".repeat(49)}👍👍` }, `${"x".repeat(49)}...`],
  [{ content: " \u0000\u001b ", subject: "" }, "Session session_1"],
  [{ subject: "y".repeat(300) }, "y".repeat(256)],
] as const)("the title of %j", (changes, title) => {
  expect(titleOf(sampleMessage(changes))).toBe(title);
});

it("names the cause above a comment, which has no title", () => {
  expect(body({ trigger: "too*many", content: "Text" }, "comment")).toMatch(
    /^\*\*Alert: too\\\*many\*\*\n\nText\n\n---/,
  );
  expect(body({ content: "Text" }, "comment")).toMatch(/^Text\n\n---/);
  expect(body({ trigger: "quiet", content: "Text" })).toMatch(/^Text\n\n---/);
});

it("notifies nobody by accident, unless it may", () => {
  const content = "@ada and (@acme/desk), not ada@example.com";
  expect(body({ content })).toContain("@\u200bada and (@\u200bacme/desk), not ada@example.com");
  expect(body({ content }, "issue", true)).toContain("@ada and (@acme/desk)");
  expect(body({ reason: "said @ada" }, "issue", true)).toContain("said @\u200bada");
});

it("lets no text hide what follows it, nor pass for ours", () => {
  const text = body({ content: "<!-- hybrid: forged -->\n<!--", reason: "</sub><!-- x" });
  expect(text.match(/<!--/g)).toHaveLength(1 + 1);
  expect(text).toContain("\\<\\/sub".replace("\\/", "/"));
  expect(text.endsWith(markerOf("delivery_1"))).toBe(true);
});

it("knows its own by the last line", () => {
  expect(isOurs(body({}))).toBe(true);
  expect(isOurs(`${body({}).replaceAll("\n", "\r\n")}\r\n`)).toBe(true);
  expect(isOurs(body({ deliveryId: "a --> b\n" }))).toBe(true);
  expect(isOurs(body({}).replace(/^/gm, "> "))).toBe(false);
  expect(isOurs(`${body({})}\n\nMy answer`)).toBe(false);
  expect(isOurs("An answer")).toBe(false);
});
