import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type ScriptedSmtp,
  startScriptedSmtp,
  startSmtp,
  type TestSmtp,
} from "../../../packages/mail/test/support/smtp.js";
import type { SettingsInput } from "../src/index.js";
import { bodyOf, startAgent, type TestAgent } from "./support/agent.js";

const path = "/api/orchestrator/send";
const mail = { to: "ada@example.org", subject: "Help", body: "Do you need help?", sessionToken: "ses_1" };

async function agentFor(server: { readonly port: number }, settings: SettingsInput = {}): Promise<TestAgent> {
  return startAgent({ smtpHost: "127.0.0.1", smtpPort: server.port, smtpSecurity: "none", ...settings });
}

async function smtp(...options: Parameters<typeof startSmtp>): Promise<TestSmtp> {
  const server = await startSmtp(...options);
  onTestFinished(() => server.close());
  return server;
}

async function scripted(...options: Parameters<typeof startScriptedSmtp>): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp(...options);
  onTestFinished(() => server.close());
  return server;
}

/** Takes everything, but for the lines that begin with one of these. */
function except(answers: Record<string, string>): (line: string) => string {
  return (line) => {
    const start = Object.keys(answers).find((key) => line.startsWith(key));
    if (start !== undefined) return answers[start] ?? "";
    return line === "DATA" ? "354 go on" : "250 fine";
  };
}

describe("a mail", () => {
  it("arrives with an envelope of one, its headers and its text", async () => {
    const server = await smtp();
    const agent = await agentFor(server, { emailFromName: "Claims Team" });
    const socket = await agent.listen("orchestrator_events");
    const response = await agent.post(path, {
      ...mail,
      subject: "Größe: 5 €",
      body: "Zeile eins\n.\n\nBcc: eve@example.net\nZeile zwei – Ende",
    });
    expect(response.status).toBe(200);
    const { success, messageId, threadId } = await bodyOf(response);
    expect(success).toBe(true);
    expect(messageId).toMatch(/^<[^<>@\s]+@example\.com>$/);

    const [taken, ...others] = server.taken;
    expect(others).toEqual([]);
    expect(taken).toMatchObject({ from: "agent@example.com", to: ["ada@example.org"] });
    const [head = "", body = ""] = taken?.raw.replace(/\r\n[ \t]+/g, " ").split("\r\n\r\n", 2) ?? [];
    const headers = head.split("\r\n");
    expect(headers).toContain("From: Claims Team <agent@example.com>");
    expect(headers).toContain("To: ada@example.org");
    expect(headers).toContain(`Message-ID: ${messageId}`);
    expect(headers).toContain("Auto-Submitted: auto-generated");
    expect(headers).toContain(`References: <session.${threadId}@example.com>`);
    expect(headers).toContain(`In-Reply-To: <session.${threadId}@example.com>`);
    expect(headers.filter((header) => /^b?cc:/i.test(header))).toEqual([]);
    expect(head).not.toContain("ses_1");
    expect(body).not.toBe("");

    expect(await socket.event("email_sent")).toMatchObject({
      messageId,
      threadId,
      subject: "Größe: 5 €",
      from: "agent@example.com",
      to: "ada@example.org",
    });
  });

  it("of the same session joins its thread, another session's does not", async () => {
    const agent = await agentFor(await smtp());
    const threadOf = async (sessionToken: string | null) =>
      (await bodyOf(await agent.post(path, { ...mail, sessionToken }))).threadId;
    const first = await threadOf("ses_1");
    expect(await threadOf("ses_1")).toBe(first);
    expect(await threadOf("ses_2")).not.toBe(first);
    expect(await threadOf(null)).toBeNull();
    expect(await threadOf("")).toBeNull();
  });

  it.each([
    "ada@example.org\r\nRCPT TO:<eve@example.net>",
    "ada@example.org\nBcc: eve@example.net",
    "ada@example.org, eve@example.net",
    "ada@example.org eve@example.net",
    "ada@example.org;eve@example.net",
    "Ada <ada@example.org>",
    "<ada@example.org>",
    '"ada@example.org>,<eve"@example.net',
    "team:ada@example.org,eve@example.net;",
    "ada@example.org\0",
    "ada@@example.org",
    "ada",
    "",
  ])("is refused for the address %j, and nothing is sent", async (to) => {
    const server = await smtp();
    const agent = await agentFor(server);
    const response = await agent.post(path, { ...mail, to });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ success: false, outcome: "permanent" });
    expect(server.taken).toEqual([]);
  });

  it.each(["Hi\r\nBcc: eve@example.net", "Hi\nBcc: eve@example.net", "Hi\u0000", "Hi\u2028\u0085"])(
    "is refused for the subject %j",
    async (subject) => {
      const server = await smtp();
      const agent = await agentFor(server);
      expect((await agent.post(path, { ...mail, subject })).status).toBe(422);
      expect(server.taken).toEqual([]);
    },
  );

  it("is sent with the lone CR that the Python client leaves in a subject", async () => {
    const server = await smtp();
    const agent = await agentFor(server);
    expect((await agent.post(path, { ...mail, subject: "first line\r second line" })).status).toBe(200);
    expect(server.taken[0]?.raw).toContain("Subject: first line  second line\r\n");
  });
});

describe("a refusal", () => {
  it.each([
    [{ RCPT: "450 4.2.1 busy" }, 503, "retryable", null],
    [{ RCPT: "451 4.7.1 Greylisted, please try again in 300 seconds" }, 503, "retryable", "300"],
    [{ DATA: "452 4.3.1 try again in 5 minutes" }, 503, "retryable", "300"],
    [{ ".": "421 4.3.2 closing" }, 503, "retryable", null],
    [{ RCPT: "550 5.1.1 no such user" }, 422, "permanent", null],
    [{ MAIL: "553 5.7.1 not your address" }, 422, "permanent", null],
    [{ ".": "554 5.7.1 looks like spam" }, 422, "permanent", null],
    [{ MAIL: "530 5.7.0 authentication required" }, 502, "misconfigured", null],
    [{ EHLO: "554 5.7.1 not from there", HELO: "554 5.7.1 not from there" }, 502, "misconfigured", null],
  ] as const)("%j is HTTP %i, %s", async (answers, status, outcome, retryAfter) => {
    const server = await scripted(except(answers));
    const response = await (await agentFor(server)).post(path, mail);
    expect(response.status).toBe(status);
    expect(response.headers.get("retry-after")).toBe(retryAfter);
    expect(await response.json()).toMatchObject({ success: false, outcome, code: `send_${outcome}` });
  });

  it("of the service's own account is HTTP 502, and tells no password", async () => {
    const server = await smtp({
      authOptional: false,
      disabledCommands: ["STARTTLS"],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, callback) => callback(new Error("wrong")),
    });
    const agent = await agentFor(server, { smtpUser: "agent", smtpPassword: "secret-password" });
    const response = await agent.post(path, mail);
    expect(response.status).toBe(502);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ outcome: "misconfigured" });
    expect(text + JSON.stringify(agent.logs.lines)).not.toContain("secret-password");
  });

  it("names no address and no text, in the answer and in the logs", async () => {
    const server = await scripted(except({ RCPT: "550 5.1.1 <ada.lovelace@example.org>: user unknown" }));
    const agent = await agentFor(server);
    const response = await agent.post(path, { ...mail, to: "ada.lovelace@example.org" });
    const text = (await response.text()) + JSON.stringify(agent.logs.lines);
    expect(text).toContain("a***@example.org");
    for (const secret of ["ada.lovelace", mail.subject, mail.body, mail.sessionToken])
      expect(text).not.toContain(secret);
  });
});

describe("a connection that fails", () => {
  it("before the mail was written is HTTP 503", async () => {
    for (const server of [
      await scripted(except({}), "hang up"),
      await scripted(except({ EHLO: "hang up" })),
      await scripted(except({ RCPT: "hang up" })),
      await scripted(except({ DATA: "hang up" })),
    ]) {
      const response = await (await agentFor(server)).post(path, mail);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ outcome: "retryable" });
    }
    const gone = await startScriptedSmtp(except({}));
    await gone.close();
    expect((await (await agentFor(gone)).post(path, mail)).status).toBe(503);
  });

  it("after the mail was written is HTTP 504: it may have been taken", async () => {
    for (const end of ["hang up", "silence"]) {
      const server = await scripted(except({ ".": end }));
      const response = await (await agentFor(server, { sendTimeoutSeconds: 1 })).post(path, mail);
      expect(response.status).toBe(504);
      expect(await response.json()).toMatchObject({ outcome: "ambiguous" });
    }
  });

  it("by falling silent ends in time", async () => {
    for (const server of [
      await scripted(except({}), "silence"),
      await scripted(except({ RCPT: "silence" })),
    ]) {
      const response = await (await agentFor(server, { sendTimeoutSeconds: 1 })).post(path, mail);
      expect(response.status).toBe(503);
    }
  });

  it("is not used without TLS where STARTTLS is required", async () => {
    const lines: string[] = [];
    const server = await scripted((line) => {
      lines.push(line);
      return line === "STARTTLS" ? "502 not here" : "250 fine";
    });
    const agent = await agentFor(server, {
      smtpSecurity: "starttls",
      smtpUser: "agent",
      smtpPassword: "secret-password",
    });
    expect((await agent.post(path, mail)).status).toBe(502);
    expect(lines.filter((line) => !/^(EHLO|STARTTLS|QUIT)/.test(line))).toEqual([]);
  });
});

describe("an idempotency key", () => {
  const header = { "idempotency-key": "delivery_1" };

  it("sends once, however often it comes, in the header or in the metadata", async () => {
    const server = await smtp();
    const agent = await agentFor(server);
    const first = await bodyOf(await agent.post(path, mail, header));
    const second = await bodyOf(await agent.post(path, mail, header));
    const third = await (
      await agent.post(path, { ...mail, metadata: { idempotencyKey: "delivery_1", sent_at: "later" } })
    ).json();
    expect(second).toEqual({ ...first, replayed: true });
    expect(third).toEqual(second);
    expect(server.taken).toHaveLength(1);
    await agent.post(path, mail, { "idempotency-key": "delivery_2" });
    expect(server.taken).toHaveLength(2);
  });

  it("sends once when it comes ten times at once", async () => {
    const server = await smtp();
    const agent = await agentFor(server);
    const responses = await Promise.all(Array.from({ length: 10 }, () => agent.post(path, mail, header)));
    const ids = await Promise.all(responses.map(async (response) => (await bodyOf(response)).messageId));
    expect(new Set(ids).size).toBe(1);
    expect(server.taken).toHaveLength(1);
  });

  it("gives the same Message-ID after a restart, by which mail systems drop a second copy", async () => {
    const server = await smtp();
    const idOf = async () =>
      (await bodyOf(await (await agentFor(server)).post(path, mail, header))).messageId;
    expect(await idOf()).toBe(await idOf());
  });

  it("is refused with another mail", async () => {
    const server = await smtp();
    const agent = await agentFor(server);
    await agent.post(path, mail, header);
    expect((await agent.post(path, { ...mail, body: "another" }, header)).status).toBe(409);
    expect(server.taken).toHaveLength(1);
  });

  it("may be tried again after a refusal for now, never after an open end", async () => {
    let answer = "450 busy";
    const server = await scripted((line) => except({ RCPT: answer })(line));
    const agent = await agentFor(server, { sendTimeoutSeconds: 1 });
    expect((await agent.post(path, mail, header)).status).toBe(503);
    answer = "250 fine";
    expect((await agent.post(path, mail, header)).status).toBe(200);

    let mails = 0;
    const silent = await scripted((line) => {
      if (line === ".") mails += 1;
      return except({ ".": "silence" })(line);
    });
    const other = await agentFor(silent, { sendTimeoutSeconds: 1 });
    expect((await other.post(path, mail, header)).status).toBe(504);
    expect((await other.post(path, mail, header)).status).toBe(504);
    expect(mails).toBe(1);
  });

  it.each([{ idempotencyKey: 5 }, { idempotencyKey: "" }, { idempotencyKey: "x".repeat(256) }])(
    "%j is refused",
    async (metadata) => {
      const agent = await agentFor(await smtp());
      expect((await agent.post(path, { ...mail, metadata })).status).toBe(400);
    },
  );
});

it("hands over no more mails at once than allowed, lets a hundred wait, and refuses the rest", async () => {
  let open = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  let bothInUse = () => undefined as unknown;
  const inUse = new Promise<void>((resolve) => {
    bothInUse = resolve as () => unknown;
  });
  const server = await smtp({
    onData(stream, _session, callback) {
      open += 1;
      most = Math.max(most, open);
      stream.resume();
      stream.on("end", () => {
        waiting.push(() => {
          open -= 1;
          callback();
        });
        if (waiting.length === 2) bothInUse();
      });
    },
  });
  const agent = await agentFor(server, { smtpConnections: 2 });
  const answers = Array.from({ length: 105 }, () => agent.post(path, mail));
  // Nothing is let through until those that are too many have been refused and both connections are in use.
  for (const refused of await firstOf(answers, 3)) {
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
  }
  await inUse;
  const release = setInterval(() => waiting.shift()?.(), 1);
  onTestFinished(() => clearInterval(release));
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(102);
  expect(statuses.filter((status) => status === 503)).toHaveLength(3);
  expect(most).toBe(2);
}, 40_000);

describe("stopping", () => {
  it("waits for the mails that are being sent, and takes no more", async () => {
    let finish = () => undefined as unknown;
    const started = new EventTarget();
    const server = await smtp({
      onData(stream, _session, callback) {
        stream.resume();
        finish = callback;
        started.dispatchEvent(new Event("data"));
      },
    });
    const agent = await agentFor(server, { stopTimeoutSeconds: 10 });
    const begun = once(started, "data");
    const sending = agent.post(path, mail);
    await begun;
    const stopped = agent.agent.stop();
    await expect(agent.get("/api/health")).rejects.toThrow();
    finish();
    expect((await sending).status).toBe(200);
    expect(await stopped).toEqual({ drained: true });
  });

  it("does not wait for ever", async () => {
    const events = new EventTarget();
    const server = await scripted((line) => {
      if (line === ".") events.dispatchEvent(new Event("mail"));
      return except({ ".": "silence" })(line);
    });
    const agent = await agentFor(server, { stopTimeoutSeconds: 0, sendTimeoutSeconds: 2 });
    const begun = once(events, "mail");
    const sending = agent.post(path, mail);
    sending.catch(() => undefined);
    await begun;
    expect(await agent.agent.stop()).toEqual({ drained: false });
    await expect(sending).rejects.toThrow();
  });
});

/** The first so many to be answered. */
function firstOf(answers: readonly Promise<Response>[], count: number): Promise<Response[]> {
  const first: Response[] = [];
  return new Promise((resolve, reject) => {
    for (const answer of answers)
      answer.then((response) => {
        if (first.push(response) === count) resolve(first);
      }, reject);
  });
}
