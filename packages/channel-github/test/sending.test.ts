import { sampleRecipient } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { token } from "./github-server.js";
import { pair } from "./harness.js";

it("opens an issue with the headers that GitHub asks for, then comments on it", async () => {
  const { github, send } = await pair();
  const first = await send({
    content: "Ada **hesitates** at step 3.",
    urgency: "critical",
    trigger: "struggle",
    reason: "ssn changed 4 times in 60 s",
    deliveryId: "d-1",
  });
  expect(first).toEqual({ outcome: "sent", externalId: "acme/desk#1" });
  const second = await send({ content: "She is back.", thread: "acme/desk#1", deliveryId: "d-2" });
  expect(second).toEqual({ outcome: "sent", externalId: "acme/desk#1/comment-1001" });

  expect(github.issues).toEqual([
    {
      number: 1,
      title: "[URGENT] Alert: struggle",
      labels: ["urgent"],
      body: [
        "Ada **hesitates** at step 3.",
        "---",
        "<sub>Session session\\_1 · trigger struggle · ssn changed 4 times in 60 s</sub>",
        "<!-- hybrid: d-1 -->",
      ].join("\n\n"),
      comments: [
        { id: 1001, body: "She is back.\n\n---\n\n<sub>Session session\\_1</sub>\n\n<!-- hybrid: d-2 -->" },
      ],
    },
  ]);
  expect(github.requests[0]).toMatchObject({
    method: "POST",
    path: "/api/v3/repos/acme/desk/issues",
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "x-github-api-version": "2022-11-28",
      "user-agent": "hybrid-orchestrator",
    },
  });
});

it("writes to the recipient's own repository before the configured one, in one spelling", async () => {
  const { channel, github, send } = await pair({ repository: "acme/other" });
  const recipient = sampleRecipient({ addresses: { github: "Acme/Desk" } });
  expect(channel.destination?.(recipient)).toBe("acme/desk");
  expect(await send({ recipient })).toMatchObject({ outcome: "sent", externalId: "acme/desk#1" });
  expect(github.issues).toHaveLength(1);
  expect(channel.destination?.(sampleRecipient())).toBe("acme/other");
  const elsewhere = sampleRecipient({ addresses: { github: "../../user" } });
  expect(channel.canReach?.(elsewhere)).toBe(false);
});

it("has no default repository unless it is given one", async () => {
  const { channel, send } = await pair({ repository: undefined });
  expect(channel.canReach?.(sampleRecipient())).toBe(false);
  expect(await send()).toMatchObject({ outcome: "permanent" });
});

it("labels by urgency as configured", async () => {
  const { github, send } = await pair({ labels: { normal: ["hybrid", "triage"], high: [] } });
  for (const urgency of ["normal", "high", "critical"] as const) await send({ urgency });
  expect(github.issues.map(({ labels }) => labels)).toEqual([["hybrid", "triage"], [], ["urgent"]]);
});

it("asks a provider for a token, once for each message", async () => {
  let asked = 0;
  const { send } = await pair({
    token: async () => {
      asked += 1;
      return token;
    },
  });
  expect((await send()).outcome).toBe("sent");
  expect((await send()).outcome).toBe("sent");
  expect(asked).toBe(2);
});

it("sends nothing without a usable token, and tells nothing of what the provider said", async () => {
  const failing = await pair({
    token: () => {
      throw new Error("private key MIIEpAIBAAK");
    },
  });
  expect(await failing.send()).toEqual({ outcome: "retryable", reason: "The token provider failed." });
  const wrong = await pair({ token: () => "two\r\nlines" });
  expect(await wrong.send()).toMatchObject({ outcome: "misconfigured" });
  expect([...failing.github.requests, ...wrong.github.requests]).toEqual([]);

  const endless = await pair({ token: () => new Promise(() => undefined) });
  const controller = new AbortController();
  const sending = endless.send({}, controller.signal);
  controller.abort();
  expect(await sending).toMatchObject({ outcome: "retryable" });
});

it("tells how it is", async () => {
  const { channel, github } = await pair();
  expect(await channel.health?.()).toEqual({ healthy: true });
  github.misbehave({ status: 404 });
  expect(await channel.health?.()).toEqual({ healthy: false, detail: "GitHub answered 404." });
});

it("says without a repository whether the token is good", async () => {
  const { channel, github } = await pair({ repository: undefined });
  expect((await channel.health?.())?.healthy).toBe(false);
  expect(github.requests.map(({ path }) => path)).toEqual(["/api/v3/rate_limit"]);
});

it("writes nothing once it was stopped", async () => {
  const { github, send, stop } = await pair();
  await stop();
  expect((await send()).outcome).toBe("retryable");
  expect(github.requests).toEqual([]);
});

it("asks no service that hands out a machine's credentials, whatever is configured", async () => {
  const { send } = await pair({ baseUrl: "https://metadata.google.internal/api/v3" });
  expect((await send()).outcome).toBe("misconfigured");
});
