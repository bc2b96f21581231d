import { describe, expect, it } from "vitest";
import { type EmailEvent, type EmailListenerOptions, emailListener } from "../src/index.js";
import { type AgentServer, agentServer } from "./agent-server.js";
import { atEnd, eventually, loggerInto } from "./harness.js";

async function server(options: Parameters<typeof agentServer>[0] = {}): Promise<AgentServer> {
  const made = await agentServer(options);
  atEnd(() => made.close());
  return made;
}

function listen(far: AgentServer, options: Partial<EmailListenerOptions> = {}) {
  const events: EmailEvent[] = [];
  const lines: string[] = [];
  const listener = emailListener({
    wsUrl: far.wsUrl,
    apiKey: "the-key",
    trustedOrigins: [far.url],
    reconnectDelayMs: 10,
    onEvent: (event) => void events.push(event),
    logger: loggerInto(lines),
    resync: async () => far.inbox,
    ...options,
  });
  atEnd(() => listener.stop());
  listener.start();
  return { listener, events, logged: () => lines.join("\n") };
}

/** Connected, subscribed, and the inbox read after that. */
async function ready(far: AgentServer, opened = 1): Promise<void> {
  await eventually(() => {
    expect(far.opened()).toBe(opened);
    expect(far.sockets()).toBe(1);
    expect(far.said.length).toBeGreaterThanOrEqual(opened);
  });
}

const mail = (id: string, more: object = {}) => ({
  messageId: `<${id}@example.org>`,
  subject: id,
  text: id,
  ...more,
});
const log = (eventType: string, id: string) => ({ type: "listener_log", data: { eventType, ...mail(id) } });
const ids = (events: readonly EmailEvent[]) => events.map(({ type, subject }) => `${type} ${subject}`);

describe("an e-mail listener", () => {
  it("subscribes, and tells of each event by its type", async () => {
    const far = await server();
    const received: string[] = [];
    const { events } = listen(far, { onEmailReceived: ({ messageId }) => void received.push(messageId) });
    await ready(far);
    expect(far.said).toEqual(['{"type":"subscribe","channel":"orchestrator_events"}']);
    far.tell({
      type: "listener_log",
      data: {
        eventType: "email_received",
        messageId: "<a@example.org>",
        subject: "Hi",
        from: "ada@example.org",
        to: "help@example.com",
        timestamp: "2026-11-25T10:00:00.000Z",
      },
    });
    for (const type of ["email_sent", "email_starred", "email_archived", "something_else"])
      far.tell(log(type, "b"));
    far.tell("no JSON {");
    far.tell({ type: "listener_log", data: "no object" });
    far.tell({ type: "pong" });
    far.tell({ type: "listener_log", data: {} });
    await eventually(() => expect(events).toHaveLength(6));
    expect(events[0]).toEqual({
      type: "email_received",
      messageId: "<a@example.org>",
      subject: "Hi",
      sender: "ada@example.org",
      recipient: "help@example.com",
      timestamp: "2026-11-25T10:00:00.000Z",
      metadata: expect.objectContaining({ eventType: "email_received" }),
    });
    expect(events.map(({ type }) => type)).toEqual([
      ...["email_received", "email_sent", "email_starred", "email_archived", "unknown", "unknown"],
    ]);
    expect(events[5]).toEqual({
      type: "unknown",
      ...{ messageId: "", subject: "", sender: "", recipient: "", timestamp: "", metadata: {} },
    });
    expect(received).toEqual(["<a@example.org>"]);
  });

  it("comes back after a lost connection, subscribes anew, and tells once of what came meanwhile", async () => {
    const far = await server();
    far.inbox = [mail("old")];
    let reads = 0;
    const { events } = listen(far, {
      resync: async () => {
        reads += 1;
        return far.inbox;
      },
    });
    await ready(far);
    far.tell(log("email_received", "first"));
    await eventually(() => expect(events).toHaveLength(1));
    await eventually(() => expect(reads).toBeGreaterThanOrEqual(2));
    far.inbox = [mail("meanwhile"), mail("first"), mail("old")];
    far.cut();
    await ready(far, 2);
    far.tell(log("email_received", "meanwhile"));
    far.tell(log("email_received", "last"));
    await eventually(() => expect(events.at(-1)?.subject).toBe("last"));
    expect(ids(events)).toEqual(["email_received first", "email_received meanwhile", "email_received last"]);
    expect(far.said).toHaveLength(2);
  });

  it("leaves a connection that is silent for a new one", async () => {
    const far = await server();
    listen(far, { pingIntervalMs: 50 });
    await ready(far);
    far.mute();
    await eventually(() => expect(far.opened()).toBeGreaterThan(1));
  });

  it("gives up after so many attempts, says so, and can be started anew", async () => {
    const far = await server();
    await far.close();
    let givenUp = 0;
    const { listener, logged } = listen(far, {
      maxReconnectAttempts: 2,
      onGivenUp: () => {
        givenUp += 1;
      },
    });
    await eventually(() => expect(listener.state()).toBe("given_up"));
    expect(givenUp).toBe(1);
    expect(logged()).not.toContain("the-key");
    const again = await server({ port: Number(new URL(far.url).port) });
    listener.start();
    await eventually(() => expect(again.sockets()).toBe(1));
  });

  it("drops what its buffer cannot hold, says so, and finds the mails in the inbox", async () => {
    const far = await server();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const overflow: number[] = [];
    const { events, logged } = listen(far, {
      maxBuffered: 2,
      includeExisting: true,
      onEmailReceived: () => held,
      onOverflow: (dropped) => void overflow.push(dropped),
    });
    await ready(far);
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) far.tell(log("email_received", name));
    await eventually(() => expect(overflow).toEqual([1, 2]));
    far.inbox = names.toReversed().map((name) => mail(name));
    release();
    await eventually(() => expect(events).toHaveLength(5));
    expect(events.map(({ subject }) => subject)).toEqual(names);
    expect(logged()).toContain("buffer is full");
  });

  it("tells of a mail again when the callback failed", async () => {
    const far = await server();
    far.inbox = [mail("a")];
    let tries = 0;
    const { events } = listen(far, {
      includeExisting: true,
      onEmailReceived: () => {
        tries += 1;
        if (tries < 3) throw new Error("not now");
      },
    });
    await eventually(() => expect(events).toHaveLength(1));
    expect(tries).toBe(3);
  });

  it("reports nothing more once it has stopped, and keeps what waited for the next start", async () => {
    const far = await server();
    far.inbox = [mail("b"), mail("a")];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const told: string[] = [];
    const { listener } = listen(far, {
      includeExisting: true,
      onEmailReceived: async ({ subject }) => {
        told.push(subject);
        await held;
      },
    });
    await eventually(() => expect(told).toEqual(["a"]));
    const stopped = listener.stop();
    release();
    await stopped;
    expect(listener.state()).toBe("stopped");
    await eventually(() => expect(far.sockets()).toBe(0));
    expect(told).toEqual(["a"]);
    listener.start();
    await eventually(() => expect(told).toEqual(["a", "b"]));
  });

  it("reads the public demo's messages: the whole inbox every time, and only news are told", async () => {
    const far = await server({ profile: "public-demo" });
    const { events, logged } = listen(far, { profile: "public-demo" });
    await eventually(() => expect(far.sockets()).toBe(1));
    const row = (id: string) => ({
      message_id: `<${id}@example.org>`,
      subject: id,
      from_address: "ada@example.org",
      to_addresses: "help@example.com",
      date_sent: "2026-11-25T10:00:00.000Z",
    });
    far.tell({ type: "inbox_update", emails: [row("old")] });
    for (let repeat = 0; repeat < 3; repeat += 1)
      far.tell({ type: "inbox_update", emails: [row("c"), row("b"), row("old")] });
    far.tell({ type: "listener_log", log: { eventType: "email_starred", ...mail("b") } });
    far.tell({ type: "error", error: "something" });
    await eventually(() => expect(logged()).toContain("something"));
    await eventually(() => expect(events.length).toBeGreaterThanOrEqual(3));
    expect(ids(events)).toEqual(
      expect.arrayContaining(["email_received b", "email_received c", "email_starred b"]),
    );
    expect(events.filter(({ subject, type }) => subject === "b" && type === "email_received")).toHaveLength(
      1,
    );
    expect(events.find(({ subject }) => subject === "c")).toMatchObject({
      sender: "ada@example.org",
      recipient: "help@example.com",
    });
    expect(far.said).toEqual([]);
  });

  it.each([
    ["http://localhost:1/ws", "must be a ws"],
    ["ws://127.0.0.1:1/ws", "trustedOrigins"],
    ["wss://user:pass@example.com/ws", "user name"],
  ])("refuses %s at once", (wsUrl, why) => {
    expect(() => emailListener({ wsUrl })).toThrow(why);
  });
});
