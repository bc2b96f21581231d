import { once } from "node:events";
import type { JsonObject, Logger } from "@hybrid-orchestrator/core";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type VirtualClock, virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach, expect, it } from "vitest";
import { verifyWebhook, webhookChannel } from "../src/index.js";
import { type Answer, receiver, secret, status } from "./receiver.js";

const running: Orchestrator[] = [];
afterEach(async () => {
  for (const orchestrator of running.splice(0)) await orchestrator.stop();
});

async function withWebhook(...answers: Answer[]) {
  const server = await receiver((response, request) => (answers.shift() ?? status(200))(response, request));
  const clock = virtualClock();
  const logged: string[] = [];
  const keep = (message: string, fields?: JsonObject) =>
    void logged.push(message + JSON.stringify(fields ?? {}));
  const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
  const storage = sqliteStorage({ path: ":memory:" });
  const orchestrator = createOrchestrator({
    storage,
    clock,
    logger,
    delivery: { fallback: false },
    plugins: [
      webhookChannel({
        url: `${server.origin}/in/the-path-s-secret`,
        secrets: secret,
        audience: "user",
        headers: { authorization: "Bearer the-endpoint-s-own-key" },
        policy: { trustedOrigins: [server.origin] },
      }),
    ],
  });
  running.push(orchestrator);
  await orchestrator.start();
  const session = await orchestrator.createSession({
    recipient: { id: "ada", name: "Ada", phone: "+14155550123" },
  });
  /** No further: a request under way would seem to take as long as we advance. */
  const advanceToNextTry = async () => {
    const { effects: at } = await storage.nextWakeAt();
    if (at === null) throw new Error("Nothing is planned.");
    await clock.advanceTo(at);
    return at;
  };
  return { orchestrator, clock, server, session, logged, advanceToNextTry };
}

type Event = Parameters<Orchestrator["on"]>[0];

/** Waits for an event: what is under way is a real request, which no clock of ours hurries. */
function told(orchestrator: Orchestrator, event: Event): Promise<unknown> {
  const target = new EventTarget();
  orchestrator.on(event, () => void target.dispatchEvent(new globalThis.Event("told")));
  return once(target, "told", { signal: AbortSignal.timeout(10_000) });
}

async function send({
  orchestrator,
  clock,
  id,
}: {
  orchestrator: Orchestrator;
  clock: VirtualClock;
  id: string;
}) {
  const [sent] = [await orchestrator.send({ id }, { content: "Do you need help?", channel: "webhook" })];
  await clock.advance(1);
  return sent.deliveryId;
}

it("is tried again with one id until it is taken, not sooner than the endpoint asks", async () => {
  const { orchestrator, clock, server, session, advanceToNextTry } = await withWebhook(
    status(503, { "retry-after": "20" }),
    (response) => response.destroy(),
  );
  const first = told(orchestrator, "delivery.retried");
  const deliveryId = await send({ orchestrator, clock, id: session.id });
  await first;
  expect(server.requests).toHaveLength(1);

  // Ambiguous, and nevertheless tried again: the receiver deduplicates.
  const second = told(orchestrator, "delivery.retried");
  expect(await advanceToNextTry()).toBeGreaterThanOrEqual(Date.UTC(2025, 0, 1) + 20_000);
  await second;
  const sent = told(orchestrator, "delivery.sent");
  await advanceToNextTry();
  await sent;

  expect(server.requests).toHaveLength(3);
  const ids = new Set(server.requests.map(({ headers }) => headers["webhook-id"]));
  expect(ids.size).toBe(1);
  const delivery = await orchestrator.getDelivery(deliveryId);
  expect(delivery.status).toBe("sent");
  expect(delivery.attempts.map(({ outcome }) => outcome)).toEqual(["retryable", "ambiguous", "sent"]);
  expect(delivery.attempts.at(-1)?.externalId).toBe([...ids][0]);

  const [, , last] = server.requests;
  const now = Number(last?.headers["webhook-timestamp"]) * 1_000;
  expect(now).toBeGreaterThanOrEqual(Date.UTC(2025, 0, 1) + 20_000);
  const verdict = await verifyWebhook({ headers: last?.headers ?? {}, body: last?.body ?? "" }, secret, {
    now,
  });
  expect(verdict).toMatchObject({ ok: true, event: { data: { deliveryId, sessionId: session.id } } });
});

it("writes no more to an endpoint that is gone, for whichever recipient", async () => {
  const { orchestrator, clock, server, session } = await withWebhook(status(410));
  const failed = told(orchestrator, "delivery.failed");
  await send({ orchestrator, clock, id: session.id });
  await failed;
  const other = await orchestrator.createSession({ recipient: { id: "bob" } });
  const suppressed = told(orchestrator, "delivery.suppressed");
  const deliveryId = await send({ orchestrator, clock, id: other.id });
  await suppressed;
  expect((await orchestrator.getDelivery(deliveryId)).status).toBe("suppressed");
  expect(server.requests).toHaveLength(1);

  await orchestrator.suppressions.remove({ channel: "webhook", recipient: { id: "anybody" } });
  const sent = told(orchestrator, "delivery.sent");
  await send({ orchestrator, clock, id: session.id });
  await sent;
  expect(server.requests).toHaveLength(2);
});

it("leaves no secret, number or address in logs, events and records", async () => {
  const { orchestrator, clock, session, logged } = await withWebhook(
    status(302, { location: "https://example.com/the-path-s-secret" }),
    status(401),
    (response, { headers, body }) => void response.writeHead(400).end(JSON.stringify(headers) + body),
  );
  const deliveries: unknown[] = [];
  for (let n = 0; n < 3; n += 1) {
    const failed = told(orchestrator, "delivery.failed");
    const deliveryId = await send({ orchestrator, clock, id: session.id });
    await failed;
    const { attempts, reason, skips } = await orchestrator.getDelivery(deliveryId);
    deliveries.push({ attempts, reason, skips });
  }
  const { events } = await orchestrator.readEvents({ limit: 100 });
  const all = JSON.stringify([logged, deliveries, events.filter(({ type }) => type.startsWith("delivery."))]);
  expect(all).toContain("The endpoint answered 401");
  expect(all).not.toMatch(/the-path-s-secret|the-endpoint-s-own-key|whsec_|BwcHBw|4155550123/);
});
