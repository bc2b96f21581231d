import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import nodemailer from "nodemailer";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSocket, startAgent } from "./support/agent.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const tsx = import.meta.resolve("tsx");

function run(args: readonly string[], env: Record<string, string> = {}, cwd = root): ChildProcess {
  const child = spawn(process.execPath, ["--conditions=source", "--import", tsx, main, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

describe("the program", () => {
  it("runs in the sandbox from start to stop", async () => {
    const child = run(["--sandbox", "--port", "0"], { SERVICE_API_KEY: "your-service-api-key" });
    const errors = text(child.stderr!);
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const line = async () => String((await lines.next()).value);
    const url = /http:\/\/\S+/.exec(await line())?.[0] ?? "";
    const smtpPort = Number(/127\.0\.0\.1:(\d+)$/.exec(await line())?.[1]);
    const headers = { authorization: "Bearer your-service-api-key" };
    const socket = await openSocket(`${url.replace("http", "ws")}/ws`);

    const response = await fetch(`${url}/api/orchestrator/send`, {
      method: "POST",
      headers,
      body: JSON.stringify({
        to: "ada@example.org",
        subject: "Help <b>?",
        body: "Do you need <i>help</i>?",
        sessionToken: "ses_1",
      }),
    });
    expect(response.status).toBe(200);
    const { messageId, threadId } = (await response.json()) as { messageId: string; threadId: string };
    expect(await socket.event("email_sent")).toMatchObject({ messageId });
    const page = await (await fetch(`${url}/sandbox`)).text();
    expect(page).toContain("Help &lt;b&gt;?");
    expect(page).toContain("Do you need &lt;i&gt;help&lt;/i&gt;?");

    const mailer = nodemailer.createTransport({ host: "127.0.0.1", port: smtpPort, ignoreTLS: true });
    await mailer.sendMail({
      from: "Ada <ada@example.org>",
      to: "agent@example.com",
      subject: "Re: Help",
      text: "Yes, please.",
      inReplyTo: messageId,
    });
    expect(await socket.event("email_received")).toMatchObject({
      from: "ada@example.org",
      threadId,
      text: "Yes, please.",
    });
    const inbox = await (await fetch(`${url}/api/emails/inbox`, { headers })).json();
    expect(inbox).toMatchObject([{ subject: "Re: Help", threadId }]);
    const found = await fetch(`${url}/api/emails/search`, {
      method: "POST",
      headers,
      body: '{"query":"PLEASE"}',
    });
    expect(await found.json()).toHaveLength(1);
    expect(await (await fetch(`${url}/sandbox/messages`)).json()).toMatchObject([
      { direction: "in" },
      { direction: "out" },
    ]);

    const exit = once(child, "exit");
    const goodbye = once(socket.socket, "close");
    child.kill("SIGTERM");
    expect((await goodbye)[0]).toBe(1001);
    expect(await exit).toEqual([0, null]);
    const logged = await errors;
    for (const secret of ["your-service-api-key", "ada@example.org", "Do you need", "Yes, please", "ses_1"])
      expect(logged).not.toContain(secret);
    expect(
      logged
        .trim()
        .split("\n")
        .map((entry) => JSON.parse(entry).message),
    ).toContain("stopped");
  }, 30_000);

  it("reads .env where it runs, or the file it is given; the environment and flags come first", async () => {
    const folder = mkdtempSync(join(tmpdir(), "email-agent-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(
      join(folder, ".env"),
      "SANDBOX=true\nPORT=wrong\nSMTP_CONNECTIONS=wrong\nLOG_LEVEL=error\n",
    );
    const child = run(["--port", "0"], { SMTP_CONNECTIONS: "1" }, folder);
    const [first] = await once(createInterface({ input: child.stdout! }), "line");
    expect(first).toContain("http://127.0.0.1:");
    const exit = once(child, "exit");
    child.kill("SIGINT");
    expect(await exit).toEqual([0, null]);

    const missing = run(["--settings", join(folder, "none")], {}, folder);
    expect(await text(missing.stderr!)).toMatch(/ENOENT.*none/);
    expect(missing.exitCode ?? (await once(missing, "exit"))[0]).toBe(1);
  }, 30_000);

  it("lists every mistake by the name of its variable, and exits with 1", async () => {
    const child = run([], { PORT: "many", SMTP_USER: "agent", SMTP_HOST: "mail.example.com" });
    const [errors, [code]] = await Promise.all([text(child.stderr!), once(child, "exit")]);
    expect(code).toBe(1);
    for (const name of ["PORT", "SERVICE_API_KEY", "EMAIL_FROM", "SMTP_PASSWORD"])
      expect(errors).toContain(`  ${name}: `);
    expect(errors).not.toContain("    at ");
  }, 20_000);

  it("has no flags for secrets", async () => {
    const child = run(["--help"]);
    const help = await text(child.stdout!);
    expect(help).toContain("--smtp-host");
    expect(help).not.toMatch(/--\S*(password|key)/);
  }, 20_000);
});

describe("the sandbox's page", () => {
  it("is for this machine alone, under this machine's own name", async () => {
    const { url } = await startAgent({ sandbox: true });
    const statusFor = (host: string, authorization?: string) =>
      new Promise((resolve, reject) => {
        const headers = { host, ...(authorization === undefined ? {} : { authorization }) };
        request(`${url}/sandbox/messages`, { headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on("error", reject)
          .end();
      });
    const { port } = new URL(url);
    expect(await statusFor(`localhost:${port}`)).toBe(200);
    expect(await statusFor(`attacker.example:${port}`)).toBe(401);
    expect(await statusFor(`attacker.example:${port}`, "Bearer your-service-api-key")).toBe(200);
  });

  it("is not there outside of the sandbox", async () => {
    const agent = await startAgent({ smtpHost: "127.0.0.1", smtpSecurity: "none" });
    expect((await agent.get("/sandbox")).status).toBe(404);
  });
});

it("refuses what its address asks it to refuse", async () => {
  const agent = await startAgent({ sandbox: true });
  const send = async (to: string) =>
    (await agent.post("/api/orchestrator/send", { to, subject: "x", body: "y" })).status;
  expect(await send("reject-450@example.org")).toBe(503);
  expect(await send("reject-550@example.org")).toBe(422);
});
