import type { InboundMessage } from "@hybrid-orchestrator/core";
import { expect, it } from "vitest";
import type { WebSocket } from "ws";
import { loadSocketMode } from "../src/inbound/socket-peer.js";
import { slackChannel } from "../src/index.js";
import { botToken, clickBody, messageEvent, receiving, signingSecret } from "./receiving.js";
import { socketServer } from "./socket-server.js";

const appToken = "xapp-1-A0001-SecretOfTheApp";

function event(socket: WebSocket, envelopeId: string, body = messageEvent(), more: object = {}) {
  socket.send(
    JSON.stringify({ type: "events_api", envelope_id: envelopeId, payload: JSON.parse(body), ...more }),
  );
}

function click(socket: WebSocket, envelopeId: string) {
  const payload = JSON.parse(new URLSearchParams(clickBody()).get("payload") ?? "");
  socket.send(JSON.stringify({ type: "interactive", envelope_id: envelopeId, payload }));
}

it("takes events and clicks in over the socket, and mounts no routes", async () => {
  const slack = await socketServer();
  const { recording } = await receiving({ appToken, baseUrl: slack.baseUrl, markClicks: false });
  const socket = await slack.connected();
  event(socket, "envelope-1");
  expect(await slack.acknowledged()).toBe("envelope-1");
  click(socket, "envelope-2");
  expect(await slack.acknowledged()).toBe("envelope-2");
  expect(recording.received).toMatchObject([
    { text: "Yes & no", from: "U0EXAMPLE1" },
    { text: "Approve <it>", session: "session_1", data: { actionId: "approve", value: "42" } },
  ]);
  expect(recording.routes).toEqual([]);
  expect(recording.channels[0]?.capabilities.twoWay).toBe(true);
  expect(slack.tokens).toEqual([`Bearer ${appToken}`]);
});

it.each([
  ["an event", event],
  ["a click", click],
])("acknowledges %s only when it is durable", async (_, send) => {
  const slack = await socketServer();
  const order: string[] = [];
  let store: () => void = () => undefined;
  const stored = new Promise<void>((resolve) => {
    store = resolve;
  });
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  await receiving({ appToken, baseUrl: slack.baseUrl, markClicks: false }, undefined, async () => {
    begin();
    await stored;
    order.push("stored");
  });
  const socket = await slack.connected();
  const acknowledged = slack.acknowledged().then(() => order.push("acknowledged"));
  send(socket, "envelope-1");
  await begun;
  // A round trip over the same connection: an acknowledgement that was sent before would have come before its answer.
  await new Promise((resolve) => {
    socket.once("pong", resolve);
    socket.ping();
  });
  store();
  await acknowledged;
  expect(order).toEqual(["stored", "acknowledged"]);
});

it("takes an event that Slack sends again once, and acknowledges it both times", async () => {
  const slack = await socketServer();
  const { recording } = await receiving({ appToken, baseUrl: slack.baseUrl });
  const socket = await slack.connected();
  event(socket, "envelope-1");
  await slack.acknowledged();
  event(socket, "envelope-2", messageEvent(), { retry_attempt: 1, retry_reason: "timeout" });
  expect(await slack.acknowledged()).toBe("envelope-2");
  expect(recording.received).toHaveLength(1);
});

it("leaves what could not be stored unacknowledged, and takes it when it comes again", async () => {
  const slack = await socketServer();
  let failures = 1;
  const { recording, lines } = await receiving({ appToken, baseUrl: slack.baseUrl }, undefined, async () => {
    failures -= 1;
    if (failures >= 0) throw new Error("the disk of xapp-secret is full");
  });
  const socket = await slack.connected();
  event(socket, "envelope-1");
  await expect.poll(() => lines.join()).toContain("An envelope of Slack's socket was not taken.");
  event(socket, "envelope-2", messageEvent(), { retry_attempt: 1 });
  expect(await slack.acknowledged()).toBe("envelope-2");
  expect(recording.received).toHaveLength(1);
  expect(lines.join()).not.toContain("xapp-secret");
});

it("opens another connection when Slack refreshes one, or drops it", async () => {
  const slack = await socketServer();
  const { recording, clock } = await receiving({ appToken, baseUrl: slack.baseUrl });
  const first = await slack.connected();
  first.send(JSON.stringify({ type: "disconnect", reason: "refresh_requested" }));
  const second = await slack.connected();
  event(second, "envelope-1");
  await slack.acknowledged();
  await clock.advance(60_000);
  second.terminate();
  const third = await slack.connected();
  event(third, "envelope-2", messageEvent({ ts: "1735689600.000300" }, { event_id: "Ev0002" }));
  await slack.acknowledged();
  expect(recording.received.map(({ externalId }: InboundMessage) => externalId)).toHaveLength(2);
});

it("tries again after a pause where Slack refuses the connection", async () => {
  let refusals = 1;
  const slack = await socketServer({ refuse: () => refusals-- > 0 });
  const { clock, lines } = await receiving({ appToken, baseUrl: slack.baseUrl });
  await expect.poll(() => lines.join()).toContain("could not be opened");
  await clock.advance(1_000);
  await slack.connected();
  expect(slack.tokens).toHaveLength(2);
  const logged = lines.join();
  for (const secret of [appToken, botToken, "secret-ticket", "U0EXAMPLE1"])
    expect(logged).not.toContain(secret);
});

it("closes the connection when the orchestrator stops", async () => {
  const slack = await socketServer();
  const { recording } = await receiving({ appToken, baseUrl: slack.baseUrl });
  const socket = await slack.connected();
  event(socket, "envelope-1");
  await slack.acknowledged();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await recording.stop();
  await closed;
  expect(slack.tokens).toHaveLength(1);
});

it("says what to install where the peer is missing", async () => {
  const missing = () => Promise.reject(new Error("Cannot find package"));
  await expect(loadSocketMode(missing)).rejects.toMatchObject({
    code: "invalid_configuration",
    message: expect.stringContaining("npm install @slack/socket-mode"),
  });
});

it.each([
  ["another kind of token", { appToken: "xoxb-1234567890" }],
  ["a signing secret besides", { appToken, signingSecret }],
])("refuses %s", (_, config) => {
  expect(() => slackChannel({ botToken, ...config })).toThrow(
    expect.objectContaining({ code: "invalid_configuration" }),
  );
});
