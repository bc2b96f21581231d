import { createServer as createTcpServer } from "node:net";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { createEmulator } from "emulate";
import { expect, it } from "vitest";
import { githubChannel } from "../src/index.js";
import { atEnd, secret } from "./harness.js";

const token = "grace_token";

/** A GitHub that was not written here: a repository of Grace's, and what she does there with her token. */
async function githubOf(login: string) {
  const port = await freePort();
  const emulator = await createEmulator({
    service: "github",
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    seed: {
      tokens: { [token]: { login, scopes: ["repo", "admin:repo_hook"] } },
      github: { users: [{ login }], repos: [{ owner: login, name: "desk", private: false }] },
    },
  });
  atEnd(() => emulator.close());
  async function call(method: string, path: string, body?: object) {
    const response = await fetch(`${emulator.url}/repos/${login}/desk${path}`, {
      method,
      // Kept connections would outlive the emulator.
      headers: { authorization: `Bearer ${token}`, connection: "close" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    expect(response.ok, `${method} ${path} answered ${response.status}`).toBe(true);
    return (await response.json()) as { title: string; body: string; labels: { name: string }[] }[];
  }
  return { url: emulator.url, call };
}

it("two messages of a session make one issue and one comment, and what people do there lands in the session", async () => {
  const github = await githubOf("grace");
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    plugins: [githubChannel({ token, repository: "grace/desk", webhookSecret: secret, baseUrl: github.url })],
  });
  atEnd(() => orchestrator.stop());
  const server = createServer({ orchestrator });
  atEnd(() => server.close());
  await orchestrator.start();
  const { url } = await server.listen({ port: 0 });
  await github.call("POST", "/hooks", {
    events: ["issue_comment", "issues"],
    config: { url: `${url}/hooks/github/webhook`, content_type: "json", secret },
  });

  const recorded = counter();
  orchestrator.on("activity.recorded", recorded.count);
  const left = counter();
  orchestrator.on("delivery.sent", left.count);

  const { id: other } = await orchestrator.createSession({ recipient: { id: "bob" } });
  const { id } = await orchestrator.createSession({ recipient: { id: "ada" } });
  const say = (content: string, urgency: "normal" | "critical") =>
    orchestrator.send(id, { content, audience: "worker", urgency });
  // The second waits until the first has opened the issue.
  const sent = [
    await say("Ada is stuck at step 3.", "critical"),
    await say("She asked for a call.", "normal"),
  ];
  await left.until(2);
  await orchestrator.send(other, { content: "Bob is away.", audience: "worker" });
  await left.until(3);

  expect(await github.call("GET", "/issues?sort=created&direction=asc")).toMatchObject([
    { title: "[URGENT] Ada is stuck at step 3.", labels: [{ name: "urgent" }] },
    { title: "Bob is away.", labels: [] },
  ]);
  expect(await github.call("GET", "/issues/1/comments")).toMatchObject([
    { body: expect.stringMatching(/^She asked for a call\./) },
  ]);
  const [first, second] = await Promise.all(
    sent.map(({ deliveryId }) => orchestrator.getDelivery(deliveryId)),
  );
  expect(first?.attempts).toMatchObject([{ outcome: "sent", externalId: "grace/desk#1" }]);
  expect(second?.attempts).toMatchObject([{ outcome: "sent", externalId: "grace/desk#1/comment-1" }]);

  // GitHub has told of the channel's own comment too, and of this one on an issue that belongs to no session.
  await github.call("POST", "/issues", { title: "The coffee machine" });
  await github.call("POST", "/issues/3/comments", { body: "It is empty." });
  await github.call("POST", "/issues/1/comments", { body: "/human I will call her." });
  await recorded.until(1);
  await github.call("PATCH", "/issues/1", { state: "closed" });
  await recorded.until(2);

  const { items } = await orchestrator.listActivities(id, { limit: 10 });
  expect(items).toMatchObject([
    {
      type: "worker_message",
      actor: "human",
      channel: "github",
      data: { text: "/human I will call her.", author: "grace", intent: "human" },
    },
    { type: "worker_message", channel: "github", data: { text: "closed", event: "closed", author: "grace" } },
  ]);
  expect((await orchestrator.listActivities(other, { limit: 10 })).items).toEqual([]);
});

async function freePort(): Promise<number> {
  const probe = createTcpServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("The probe has no port.");
  return address.port;
}

/** Counts, and lets a test wait for a number; its deadline is the test's. */
function counter() {
  let counted = 0;
  let look: () => void = () => undefined;
  return {
    count() {
      counted += 1;
      look();
    },
    until: (wanted: number) =>
      new Promise<void>((resolve) => {
        look = () => counted >= wanted && resolve();
        look();
      }),
  };
}
