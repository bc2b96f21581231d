import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMail } from "../src/parse-mail.js";
import { messageIdOf, threadIdOf } from "../src/thread.js";

const threadId = threadIdOf("your-service-api-key", "ses_1");
const ours = messageIdOf("u1", threadId, "example.com");

const parse = (source: string) =>
  parseMail(Buffer.from(source), { receivedAt: 0, isRead: false, isStarred: false, domain: "example.com" });

describe("a mail", () => {
  it.each([
    ["In-Reply-To", `In-Reply-To: ${ours}`],
    ["References", `References: <other@example.org>\r\n ${ours}`],
    ["a thread's root", `References: ${messageIdOf("session", threadId, "example.com")}`],
  ])("is known as an answer by %s", async (_, header) => {
    expect((await parse(`From: ada@example.org\r\n${header}\r\n\r\nYes.`)).threadId).toBe(threadId);
  });

  it("is no answer for naming another's Message-ID, or ours of another domain", async () => {
    for (const id of [
      "<x@example.com>",
      ours.replace("example.com", "example.net"),
      ours.replace(threadId, "0123"),
    ])
      expect((await parse(`In-Reply-To: ${id}\r\n\r\nYes.`)).threadId).toBeNull();
  });

  it.each([
    ["Auto-Submitted: auto-replied", "automatic"],
    ["Auto-Submitted: no", "message"],
    ["Precedence: bulk", "automatic"],
    ["X-Autoreply: yes", "automatic"],
    ["Subject: Auto", "message"],
  ])("with %s is of the kind %s", async (header, kind) => {
    expect((await parse(`${header}\r\n\r\nx`)).kind).toBe(kind);
  });

  it("that could not be delivered names which", async () => {
    const bounce = await parse(
      [
        "From: MAILER-DAEMON@example.org",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "It could not be delivered.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.org",
        "",
        "Action: failed",
        "Status: 5.1.1",
        "",
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        `References: ${messageIdOf("session", threadId, "example.com")}`,
        `Message-ID: ${ours}`,
        "--b--",
        "",
      ].join("\r\n"),
    );
    expect(bounce).toMatchObject({ kind: "bounce", bouncedMessageId: ours, bounceStatus: "5.1.1", threadId });
    expect(bounce.text).toContain("could not be delivered");
  });

  it("of HTML alone has a text, hostile or not", async () => {
    const textOf = async (html: string) =>
      (await parse(`Content-Type: text/html; charset=utf-8\r\n\r\n${html}`)).text;
    expect(
      await textOf("<style>p {}</style><p>Yes, <b>please</b><br>now &amp; here</p><script>x()</script>"),
    ).toBe("Yes, please\nnow & here");
    expect(await textOf("<div>".repeat(20_000))).toBe("...");
  });

  it("is cut where it is too long, and says so", async () => {
    const mail = await parse(`Subject: x\r\n\r\n${"word ".repeat(10_000)}`);
    expect(mail.text).toHaveLength(20_000);
    expect(mail.textTruncated).toBe(true);
  });

  it("without a date has that of its arrival", async () => {
    expect((await parse("Date: soon\r\n\r\nx")).date).toBe("1970-01-01T00:00:00.000Z");
    expect((await parse("Date: Wed, 25 Nov 2026 10:00:00 +0100\r\n\r\nx")).date).toBe(
      "2026-11-25T09:00:00.000Z",
    );
  });

  it("never makes the parser throw", async () => {
    const nested = Array.from(
      { length: 60 },
      (_, depth) => `Content-Type: multipart/mixed; boundary="b${depth}"\r\n\r\n--b${depth}\r\n`,
    ).join("");
    expect((await parse(nested)).messageId).toBe("");
    const pieces = fc.constantFrom(
      "From: ",
      "\r\n",
      "\r\n\r\n",
      "=?utf-8?q?=",
      "?=",
      "<a@b>",
      "Content-Type: multipart/mixed; boundary=x",
      "--x",
      "--x--",
      "Message-ID: ",
      "\0",
      "Date: ",
      "é",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 30 }), async (parts) => {
        await parse(parts.join(""));
      }),
      { numRuns: 500 },
    );
  });
});
