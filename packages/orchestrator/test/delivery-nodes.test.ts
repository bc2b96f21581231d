import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Change,
  OrchestratorError,
  type OutboundMessage,
  type SendResult,
  type Storage,
} from "@hybrid-orchestrator/core";
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorOptions,
} from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { channelPlugin, recordingChannel, track } from "./harness.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hybrid-delivery-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const noon = Date.UTC(2026, 0, 5, 12);
const recipient = { id: "u1", name: "Ada" };

function database(name = "sessions.db"): Storage {
  return sqliteStorage({ path: join(folder, name), durability: "normal" });
}

function node(options: Partial<OrchestratorOptions> & { storage: Storage }): Orchestrator {
  return track(createOrchestrator(options));
}

function sms(sent: OutboundMessage[], answer?: () => SendResult | Promise<SendResult>) {
  return channelPlugin(recordingChannel("sms", sent, answer));
}

/** The same storage, with something of ours around each commit. */
function around(storage: Storage, commit: (changes: readonly Change[]) => Promise<unknown>): Storage {
  const wrapped: Storage = Object.create(storage);
  wrapped.commit = async (changes) => {
    await commit(changes);
    return storage.commit(changes);
  };
  return wrapped;
}

const isBegin = (change: Change): boolean =>
  change.aggregate === "session" &&
  change.effects?.some((effect) => effect.kind === "delivery" && effect.delivery.status === "sending") ===
    true;

describe("several nodes", () => {
  it("share the cap of an address exactly", async () => {
    const clock = virtualClock(noon);
    const sent: OutboundMessage[] = [];
    const delivery = { channels: { sms: { maxPerDay: 3 } } };
    const nodes = Array.from({ length: 2 }, () =>
      node({ storage: database(), clock, delivery, plugins: [sms(sent)] }),
    );
    for (const one of nodes) await one.start();
    const deliveries = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const one = nodes[n % nodes.length] as Orchestrator;
        const { id } = await one.createSession({ recipient });
        return one.send(id, { content: String(n) });
      }),
    );
    await clock.advance(120_000);
    expect(sent).toHaveLength(3);
    const [reader] = nodes as [Orchestrator];
    const states = await Promise.all(deliveries.map(({ deliveryId }) => reader.getDelivery(deliveryId)));
    expect(states.filter(({ status }) => status === "suppressed")).toHaveLength(9);
  });

  it("let nothing begin to leave once a kill switch is engaged on one of them, not even what was just begun", async () => {
    const clock = virtualClock(noon);
    const sent: OutboundMessage[] = [];
    const storage = database();
    const other = node({ storage: database(), clock });
    let engaged = false;
    const late = around(storage, async (changes) => {
      if (engaged || !changes.some(isBegin)) return;
      engaged = true;
      // It has looked already and found nothing; the commit of its attempt comes after this.
      await other.killSwitches.engage({ channel: "sms", reason: "wrong texts" });
    });
    const sender = node({ storage: late, clock, plugins: [sms(sent)] });
    await sender.start();
    const { id } = await sender.createSession({ recipient, ttlSeconds: null });
    const { deliveryId } = await sender.send(id, { content: "Hello" });
    await clock.advance(300_000);
    expect(engaged).toBe(true);
    expect(sent).toEqual([]);
    expect(await sender.getDelivery(deliveryId)).toMatchObject({
      attempts: [{ outcome: "retryable", reason: expect.stringContaining("wrong texts") }],
    });
  });
});

describe("the record of an address", () => {
  it("loses no slot to a writer that has seen the record before it was emptied and filled again", async () => {
    const clock = virtualClock(noon);
    const sent: OutboundMessage[] = [];
    const delivery = { channels: { sms: { maxPerDay: 1 } } };
    let answer: (result: SendResult) => void = () => undefined;
    const answered = new Promise<SendResult>((resolve) => {
      answer = resolve;
    });
    const quick = node({ storage: database(), clock, delivery, plugins: [sms(sent, () => answered)] });
    await quick.start();
    const { id } = await quick.createSession({ recipient, ttlSeconds: null });
    let late = false;
    const slow = node({
      storage: around(database(), async (changes) => {
        if (late || !changes.some(({ aggregate }) => aggregate === "recipient")) return;
        late = true;
        // It has read the opt-out. Now that is taken back, and a message to the address begins to leave.
        await quick.suppressions.remove({ channel: "sms", recipient });
        await quick.send(id, { content: "first" });
        await clock.advance(10);
      }),
      clock,
      plugins: [sms([])],
    });
    await slow.start();
    await quick.suppressions.add({ channel: "sms", recipient, reason: "asked" });
    await slow.suppressions.remove({ channel: "sms", recipient });
    expect([late, sent.length]).toEqual([true, 1]);
    answer({ outcome: "sent" });
    await clock.advance(1_000);
    await quick.send(id, { content: "second" });
    await clock.advance(60_000);
    expect(sent.map(({ content }) => content)).toEqual(["first"]);
  });
});

describe("a process that dies between two commits", () => {
  /** Sends a first message with a node whose storage is gone after so many commits, and a second with its heir. */
  async function dieAfter(commits: number, answer: SendResult) {
    const name = `after-${commits}-${answer.outcome}.db`;
    const delivery = { channels: { sms: { maxPerDay: 1 } } };
    const sent: OutboundMessage[] = [];
    const clock = virtualClock(noon);
    let left = Number.POSITIVE_INFINITY;
    const mortal = around(database(name), async () => {
      left -= 1;
      if (left < 0) throw new OrchestratorError("storage_read_only", "gone");
    });
    const dying = node({ storage: mortal, clock, delivery, plugins: [sms(sent, () => answer)] });
    const { id } = await dying.createSession({ recipient, ttlSeconds: null });
    const first = await dying.send(id, { content: "first" });
    await dying.start();
    left = commits;
    await clock.advance(10);
    const died = left < 0;
    const stopping = dying.stop();
    await clock.advance(60_000);
    await stopping;

    const later = virtualClock(noon + 120_000);
    const heir = node({
      storage: database(name),
      clock: later,
      delivery,
      plugins: [sms(sent, () => answer)],
    });
    await heir.start();
    await later.advance(600_000);
    const second = await heir.send(id, { content: "second" });
    await later.advance(600_000);
    const [one, two] = await Promise.all(
      [first, second].map(({ deliveryId }) => heir.getDelivery(deliveryId)),
    );
    return { died, sent, one, two, suppression: await heir.suppressions.get({ channel: "sms", recipient }) };
  }

  it("exceeds no cap, sends nothing twice, and leaves no slot behind", async () => {
    for (let commits = 0, died = true; died; commits += 1) {
      const result = await dieAfter(commits, { outcome: "sent" });
      died = result.died;
      const where = `after ${commits} commits`;
      expect(result.sent, where).toHaveLength(1);
      expect(["sent", "failed"], where).toContain(result.one?.status);
      expect(result.two?.status, where).toBe("suppressed");
      if (!died) expect(commits).toBeGreaterThan(2);
    }
  });

  it("uses nothing up with what has failed", async () => {
    const failed: SendResult = { outcome: "permanent", reason: "no" };
    for (let commits = 0, died = true; died; commits += 1) {
      const result = await dieAfter(commits, failed);
      died = result.died;
      // Unless it died before it could say so: then nobody knows, and the slot is used.
      const known = result.one?.attempts.every(({ outcome }) => outcome === "permanent");
      expect(result.two?.status, `after ${commits} commits`).toBe(known ? "failed" : "suppressed");
    }
  });

  it("forgets no opt-out that was written down", async () => {
    const stop: SendResult = { outcome: "permanent", reason: "STOP", suppress: true };
    const found = new Set<boolean>();
    for (let commits = 0, died = true; died; commits += 1) {
      const result = await dieAfter(commits, stop);
      died = result.died;
      if (result.one?.attempts.some(({ outcome }) => outcome === "permanent"))
        expect(result.suppression?.reason, `after ${commits} commits`).toBe("STOP");
      if (result.suppression !== null) expect(result.two?.status).toBe("suppressed");
      found.add(result.suppression !== null);
    }
    expect(found.has(true)).toBe(true);
  });
});
