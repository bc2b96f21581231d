import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { silentLogger, systemClock } from "@hybrid-orchestrator/core";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { createEventSockets } from "../src/events/sockets.js";
import { bearerCheck } from "../src/http/bearer.js";
import { key, openSocket, startAgent, type TestAgent } from "./support/agent.js";

const toSelf = { to: "agent@example.com", subject: "Hello", body: "x" };

async function send(agent: TestAgent, mail: object = toSelf): Promise<void> {
  expect((await agent.post("/api/orchestrator/send", mail)).status).toBe(200);
}

function rawHandshake(url: string): { socket: ReturnType<typeof connect>; opened: Promise<unknown> } {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nAuthorization: Bearer ${key}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  return { socket, opened: once(socket, "data") };
}

describe("a socket", () => {
  it.each([
    ["/ws", {}, 401],
    ["/ws", { authorization: "Bearer wrong" }, 401],
    ["/ws?key=your-service-api-key", {}, 401],
    ["/elsewhere", { authorization: `Bearer ${key}` }, 404],
    ["//", { authorization: `Bearer ${key}` }, 404],
  ])("at %s with %j is refused with %i", async (path, headers, status) => {
    const { url } = await startAgent({ sandbox: true });
    const socket = new WebSocket(url.replace("http", "ws") + path, { headers });
    const [error] = await once(socket, "error");
    expect(error.message).toContain(String(status));
  });

  it("hears nothing before it subscribes and after it unsubscribes", async () => {
    const agent = await startAgent({ sandbox: true });
    const socket = await agent.listen();
    const other = await agent.listen("orchestrator_events");
    await send(agent);
    await other.event("email_received");
    socket.socket.send(JSON.stringify({ type: "subscribe", channel: "orchestrator_events" }));
    await socket.next(({ type }) => type === "subscribed");
    await send(agent, { ...toSelf, subject: "Second" });
    expect((await socket.event("email_received")).subject).toBe("Second");
    socket.socket.send(JSON.stringify({ type: "unsubscribe", channel: "orchestrator_events" }));
    await socket.next(({ type }) => type === "unsubscribed");
    await send(agent);
    await other.event("email_received");
    socket.socket.send(JSON.stringify({ type: "ping" }));
    await socket.next(({ type }) => type === "pong");
    expect(socket.events().every(({ subject }) => subject === "Second")).toBe(true);
  });

  it("is told of each mail once on orchestrator_events, and as inbox_update on inbox", async () => {
    const agent = await startAgent({ sandbox: true });
    const events = await agent.listen("orchestrator_events");
    const inbox = await agent.listen("inbox");
    await send(agent);
    await events.event("email_sent");
    await events.event("email_received");
    const { data } = await inbox.next(({ type }) => type === "inbox_update");
    expect(data).toMatchObject({ subject: "Hello", from: "agent@example.com", to: "agent@example.com" });
    expect(events.messages.filter(({ type }) => type !== "subscribed")).toHaveLength(2);
    expect(inbox.messages.filter(({ type }) => type !== "subscribed")).toHaveLength(1);
  });

  it.each([
    "no json",
    "[]",
    "{}",
    '{"type":"subscribe"}',
    '{"type":"subscribe","channel":"all"}',
    '{"type":"x"}',
  ])("that says %s hears what is wrong, and stays", async (text) => {
    const agent = await startAgent({ sandbox: true });
    const socket = await agent.listen();
    socket.socket.send(text);
    expect((await socket.next(({ type }) => type === "error")).message).toMatch(/a message must be/);
    socket.socket.send(Buffer.from("binary"));
    expect((await socket.next(({ type }) => type === "error")).message).toMatch(/text/);
    socket.socket.send(JSON.stringify({ type: "ping" }));
    await socket.next(({ type }) => type === "pong");
  });

  it("that says too much at once is closed", async () => {
    const agent = await startAgent({ sandbox: true });
    const { socket } = await agent.listen();
    socket.send("x".repeat(5_000));
    const [code] = await once(socket, "close");
    expect(code).toBe(1009);
  });

  it("that does not say goodbye does not hold up the end", async () => {
    const agent = await startAgent({ sandbox: true, stopTimeoutSeconds: 10 });
    const { socket, opened } = rawHandshake(agent.url);
    await opened;
    const closed = once(socket, "close");
    expect(await agent.agent.stop()).toEqual({ drained: true });
    await closed;
  });

  it("is told when the service stops", async () => {
    const agent = await startAgent({ sandbox: true });
    const { socket } = await agent.listen("orchestrator_events");
    const closed = once(socket, "close");
    expect(await agent.agent.stop()).toEqual({ drained: true });
    expect((await closed)[0]).toBe(1001);
  });
});

it("cuts off a socket that does not read, and serves the others on", async () => {
  const cut: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void cut.push(message) };
  const sockets = createEventSockets({ isAuthorized: bearerCheck(key), clock: systemClock, logger });
  const server = createServer().on("upgrade", sockets.upgrade).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    sockets.close();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const good = await openSocket(`${url.replace("http", "ws")}/ws`);
  const { socket: slow, opened } = rawHandshake(url);
  await opened;
  const text = JSON.stringify({ type: "subscribe", channel: "orchestrator_events" });
  slow.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
  await once(slow, "data");
  slow.pause();

  const summary = { messageId: "", from: "", fromName: "", to: "", date: "", text: "x".repeat(20_000) };
  for (let number = 1; cut.length === 0 && number <= 5_000; number += 1) {
    sockets.publish({ eventType: "email_received", timestamp: "", subject: `${number}`, ...summary });
    expect((await good.event("email_received")).subject).toBe(`${number}`);
  }
  expect(cut).toEqual(["slow socket cut off"]);
  sockets.publish({ eventType: "email_sent", timestamp: "", subject: "Afterwards", ...summary });
  expect((await good.event("email_sent")).subject).toBe("Afterwards");
}, 60_000);

it("ends a socket that no longer answers", async () => {
  const clock = virtualClock();
  const agent = await startAgent({ sandbox: true }, { clock });
  const alive = await openSocket(`${agent.url.replace("http", "ws")}/ws`);
  const { socket: dead, opened } = rawHandshake(agent.url);
  await opened;
  dead.on("data", () => undefined);
  const closed = once(dead, "close");
  for (let beat = 0; beat < 2; beat += 1) {
    const pinged = once(alive.socket, "ping");
    await clock.advance(30_000);
    if (beat === 0) await pinged;
    // The answer to the ping is read before the next beat.
    alive.socket.send(JSON.stringify({ type: "ping" }));
    await alive.next(({ type }) => type === "pong");
  }
  await closed;
  expect(alive.socket.readyState).toBe(WebSocket.OPEN);
});
