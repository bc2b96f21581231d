import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecret, signedTokens } from "@hybrid-orchestrator/signatures";
import { describe, expect, it } from "vitest";
import { buttonOf, type Floor, floor, keys, linkOf, refusalsOf } from "./acknowledging.js";
import { codeOf } from "./harness.js";

const holderOf = async ({ orchestrator }: Floor, id: string) =>
  (await orchestrator.escalations.get(id)).holder?.worker ?? null;

describe("a call for a worker", () => {
  it("carries buttons where there are buttons, and a link and words to reply with where there are none", async () => {
    const made = await floor();
    await made.call();
    expect(made.desk.at(-1)?.metadata.actions).toMatchObject([
      { id: "claim", label: "I take it", style: "primary" },
      { id: "decline", label: "Not me" },
    ]);
    expect(made.desk.at(-1)?.content).not.toContain("token=");
    expect(made.sms.at(-1)?.content).toMatch(
      /stuck[^\n]*\n\nTake it: https:\/\/app\.example\/\S+\?token=[\w-]{50}\n\nReply YES/,
    );
    expect(made.sms.at(-1)?.metadata.actions).toBeUndefined();
  });

  it("speaks the worker's language", async () => {
    const made = await floor();
    await made.orchestrator.workers.register({
      id: "bob",
      name: "BOB",
      queues: ["support"],
      contact: { phone: "+436600000001", locale: "de-AT" },
    });
    await made.orchestrator.workers.setPresence("bob", "online");
    await made.call();
    expect(made.sms.at(-1)?.content).toContain("Antworten Sie JA");
  });

  it("leaves without its link where there is no room for it, and always leaves", async () => {
    const made = await floor();
    const kept = new Set<string>();
    for (let length = 1; length <= 400; length += 19) {
      const before = made.sms.length;
      await made.call({ reason: "x".repeat(length) });
      const [call] = made.sms.slice(before);
      const content = call?.content ?? "";
      expect(content).toContain("Somebody is wanted");
      const lines = [content.includes("token="), content.includes("Reply YES")];
      if (lines.includes(true)) expect(content.length).toBeLessThanOrEqual(400);
      kept.add(String(lines));
    }
    expect([...kept]).toEqual(["true,true", "false,true", "false,false"]);
  });

  it("carries nothing without keys, and tokens are nothing then", async () => {
    const made = await floor({ acknowledge: false });
    const { escalation } = await made.call();
    expect(made.desk.at(-1)?.metadata.actions).toBeUndefined();
    expect(made.sms.at(-1)?.content).toContain("stuck");
    expect(made.sms.at(-1)?.content).not.toMatch(/token=|Reply YES/);
    expect(await codeOf(made.orchestrator.escalations.acknowledge("x"))).toBe("invalid_configuration");
    await made.receive({ channel: "sms", from: "+436600000001", text: "YES" });
    expect(await holderOf(made, escalation)).toBeNull();
    expect(made.orchestrator.routes).toEqual([]);
  });

  it("keeps its tokens out of what is stored", async () => {
    const made = await floor();
    const { session } = await made.call();
    const { items } = await made.orchestrator.listDeliveries({ session, limit: 100 });
    const { events } = await made.orchestrator.readEvents({ session, limit: 500 });
    const stored = JSON.stringify([items, events]);
    for (const token of [buttonOf(made.desk, "claim"), buttonOf(made.desk, "decline"), linkOf(made.sms)])
      expect(stored).not.toContain(token);
  });
});

describe("a token", () => {
  it("claims as the worker whom it called, once; a replay does nothing and is recorded", async () => {
    const made = await floor();
    const { escalations } = made.orchestrator;
    const { session, escalation } = await made.call();
    const token = linkOf(made.sms);
    expect(await escalations.readToken(token)).toMatchObject({
      action: "claim",
      worker: "bob",
      escalation: { id: escalation },
      refused: null,
    });
    expect(await escalations.acknowledge(token)).toMatchObject({ holder: { worker: "bob" }, claimEpoch: 1 });
    expect(await codeOf(escalations.acknowledge(token))).toBe("invalid_token");
    expect(await escalations.readToken(token)).toMatchObject({ refused: "used" });
    expect((await escalations.get(escalation)).usedTokens).toHaveLength(1);
    expect(await refusalsOf(made, session)).toEqual([{ reason: "used", worker: "bob" }]);
    await made.clock.advance(1_000);
    expect((await made.orchestrator.workers.get("bob")).slots).toHaveLength(1);
  });

  it("declines, and then the same call cannot be claimed by its other token when it has changed hands", async () => {
    const made = await floor();
    const { escalations } = made.orchestrator;
    const { session, escalation } = await made.call();
    await escalations.acknowledge(buttonOf(made.desk, "decline"));
    const declined = await escalations.get(escalation);
    expect(declined.skipped).toMatchObject([{ worker: "ann" }]);
    // Whoever changes their mind may still take it.
    expect(await escalations.acknowledge(buttonOf(made.desk, "claim"))).toMatchObject({
      holder: { worker: "ann" },
    });
    expect(await refusalsOf(made, session)).toEqual([]);
  });

  it("that has expired does nothing and is recorded", async () => {
    const made = await floor({ ttlSeconds: 60 });
    const { session, escalation } = await made.call();
    const token = buttonOf(made.desk, "claim");
    await made.clock.advance(60_000);
    expect(await codeOf(made.orchestrator.escalations.acknowledge(token))).toBe("invalid_token");
    expect(await made.orchestrator.escalations.readToken(token)).toMatchObject({ refused: "expired" });
    expect(await holderOf(made, escalation)).toBeNull();
    expect(await refusalsOf(made, session)).toEqual([{ reason: "expired", worker: "ann" }]);
  });

  it("that is forged does nothing and is told", async () => {
    const made = await floor();
    const { escalation } = await made.call();
    const told: string[] = [];
    made.orchestrator.on("token.refused", ({ data }) => void told.push(data.reason));
    const delivery = (await made.orchestrator.listDeliveries({ limit: 10 })).items.find(
      ({ message }) => message.recipient.id === "ann",
    );
    const expiresAt = made.clock.now() + 60_000;
    const subject = delivery?.id ?? "";
    const [other, own] = [
      signedTokens({ keys: [{ id: 1, secret: createSecret() }] }),
      signedTokens({ keys }),
    ];
    const genuine = buttonOf(made.desk, "claim");
    const forged = [
      other.sign({ purpose: "acknowledge-claim", subject, expiresAt }),
      own.sign({ purpose: "resume", subject, expiresAt }),
      own.sign({ purpose: "acknowledge-claim", subject: "no-such-delivery", expiresAt }),
      `${genuine.slice(0, -1)}${genuine.endsWith("A") ? "B" : "A"}`,
      "nonsense",
      "",
    ];
    for (const token of forged)
      expect(await codeOf(made.orchestrator.escalations.acknowledge(token))).toBe("invalid_token");
    expect(await holderOf(made, escalation)).toBeNull();
    expect(told).toEqual(forged.map(() => "forged"));
  });

  it.each([
    ["another escalation", { escalation: "another" }],
    ["another worker", { worker: "bob" }],
    ["another action", { action: "decline" }],
  ] as const)("of %s does nothing and is recorded", async (_, expected) => {
    const made = await floor();
    const { session, escalation } = await made.call();
    const token = buttonOf(made.desk, "claim");
    expect(await codeOf(made.orchestrator.escalations.acknowledge(token, expected))).toBe("invalid_token");
    expect(await holderOf(made, escalation)).toBeNull();
    expect(await refusalsOf(made, session)).toMatchObject([{ reason: "foreign" }]);
    // It was not used up by that.
    await made.orchestrator.escalations.acknowledge(token, { worker: "ann", escalation, action: "claim" });
    expect(await holderOf(made, escalation)).toBe("ann");
  });

  it("works for one of two workers who use theirs at once, and the other learns who", async () => {
    const made = await floor();
    const { escalations } = made.orchestrator;
    const { session, escalation } = await made.call();
    const results = await Promise.allSettled([
      escalations.acknowledge(buttonOf(made.desk, "claim")),
      escalations.acknowledge(linkOf(made.sms)),
    ]);
    const holder = await holderOf(made, escalation);
    const lost = results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
    expect(lost).toEqual([expect.stringContaining(`(${holder}) has escalation`)]);
    // Somebody who comes too late has done nothing wrong.
    expect(await refusalsOf(made, session)).toEqual([]);
  });

  it("counts once, whichever of two processes on one database it comes to", async () => {
    await inFolder(async (path) => {
      const first = await floor({ path });
      const second = await floor({ path, clock: first.clock });
      const { session, escalation } = await first.call();
      const token = linkOf([...first.sms, ...second.sms]);
      const codes = await Promise.all(
        [first, second].map(({ orchestrator }) => codeOf(orchestrator.escalations.acknowledge(token))),
      );
      expect(codes.toSorted()).toEqual(["invalid_token", null].toSorted());
      expect(await holderOf(second, escalation)).toBe("bob");
      expect(await refusalsOf(second, session)).toEqual([{ reason: "used", worker: "bob" }]);
    });
  });

  it("is bound to the claim epoch: after a claim and a release the old calls are void", async () => {
    const made = await floor();
    const { escalations } = made.orchestrator;
    const { session, escalation } = await made.call();
    const late = linkOf(made.sms);
    await escalations.acknowledge(buttonOf(made.desk, "claim"));
    await escalations.release(escalation, { worker: "ann" });
    expect(await codeOf(escalations.acknowledge(late))).toBe("stale_epoch");
    expect(await holderOf(made, escalation)).toBeNull();
    expect(await refusalsOf(made, session)).toEqual([{ reason: "stale", worker: "bob" }]);
    // The next level calls anew, and that call counts.
    await made.clock.advance(600_000);
    await escalations.acknowledge(linkOf(made.sms));
    expect(await holderOf(made, escalation)).toBe("bob");
  });

  it("does nothing after the end", async () => {
    const made = await floor();
    const { escalation } = await made.call();
    await made.orchestrator.escalations.cancel(escalation);
    for (const action of ["claim", "decline"])
      expect(await codeOf(made.orchestrator.escalations.acknowledge(buttonOf(made.desk, action)))).toBe(
        "escalation_ended",
      );
    expect(await made.orchestrator.escalations.readToken(buttonOf(made.desk, "claim"))).toMatchObject({
      refused: "ended",
    });
  });

  it("accepts a transfer, as the one whom it asks", async () => {
    const made = await floor();
    const { escalations } = made.orchestrator;
    const { escalation } = await made.call();
    const old = linkOf(made.sms);
    await escalations.acknowledge(buttonOf(made.desk, "claim"));
    await escalations.transfer(escalation, { worker: "ann", to: { worker: "bob" } });
    await made.clock.advance(1_000);
    expect(await codeOf(escalations.acknowledge(old))).toBe("stale_epoch");
    await escalations.acknowledge(linkOf(made.sms));
    expect(await holderOf(made, escalation)).toBe("bob");
    await made.clock.advance(1_000);
    const { slots } = await made.orchestrator.workers.get("ann");
    expect(slots).toEqual([]);
  });

  it("takes no place of a worker who is full, and is not used up by that", async () => {
    const made = await floor();
    const { escalations, workers } = made.orchestrator;
    const contact = { phone: "+436600000001" };
    await workers.register({ id: "bob", name: "BOB", queues: ["support"], capacity: { total: 1 }, contact });
    const first = await made.call();
    await escalations.acknowledge(linkOf(made.sms));
    const second = await made.call();
    const token = linkOf(made.sms);
    expect(await codeOf(escalations.acknowledge(token))).toBe("no_capacity");
    await escalations.resolve(first.escalation);
    await made.clock.advance(1_000);
    expect(await escalations.acknowledge(token)).toMatchObject({ id: second.escalation, status: "claimed" });
  });

  it("cannot fill an escalation's history by being refused without end", async () => {
    const made = await floor();
    const { session } = await made.call();
    const token = linkOf(made.sms);
    await made.orchestrator.escalations.acknowledge(token);
    for (let turn = 0; turn < 60; turn += 1) await codeOf(made.orchestrator.escalations.acknowledge(token));
    expect(await refusalsOf(made, session)).toHaveLength(30);
  });
});

describe("calls that are over", () => {
  it("say who has it and lose their buttons, where the channel can rewrite them", async () => {
    const made = await floor();
    const { escalation } = await made.call();
    expect(made.updates).toEqual([]);
    await made.orchestrator.escalations.acknowledge(linkOf(made.sms));
    await made.clock.advance(1_000);
    expect(made.updates).toMatchObject([{ externalId: "desk-1", message: { content: "BOB has it: stuck" } }]);
    expect(made.updates[0]?.message.metadata.actions).toBeUndefined();
    await made.orchestrator.escalations.resolve(escalation, { worker: "bob", outcome: "done" });
    await made.clock.advance(1_000);
    expect(made.updates.at(-1)).toMatchObject({ message: { content: "done: stuck" } });
  });

  it("are tried again when the channel cannot just now, and let be when it never will", async () => {
    const answers = ["retryable", "permanent"] as const;
    let turn = 0;
    const made = await floor({
      update: () => ({ outcome: answers[turn++] ?? "permanent", reason: "busy" }),
    });
    await made.call();
    await made.orchestrator.escalations.acknowledge(linkOf(made.sms));
    await made.clock.advance(600_000);
    expect(made.updates).toHaveLength(2);
  });

  it("are rewritten by another process, where the one that took it has ended", async () => {
    await inFolder(async (path) => {
      const first = await floor({ path });
      await first.call();
      await first.orchestrator.escalations.acknowledge(linkOf(first.sms));
      await first.orchestrator.stop();
      expect(first.updates).toEqual([]);
      const second = await floor({ path, clock: first.clock });
      await second.clock.advance(120_000);
      expect(second.updates).toMatchObject([
        { externalId: "desk-1", message: { content: "BOB has it: stuck" } },
      ]);
    });
  });

  it("are rewritten, too, when they were still on their way", async () => {
    let arrive: () => void = () => undefined;
    const made = await floor({
      deskAnswer: ({ metadata }) =>
        metadata.call === true
          ? new Promise((resolve) => {
              arrive = () => resolve({ outcome: "sent", externalId: "slow" });
            })
          : { outcome: "sent" },
    });
    await made.call();
    await made.orchestrator.escalations.acknowledge(linkOf(made.sms));
    await made.clock.advance(1_000);
    expect(made.updates).toEqual([]);
    arrive();
    await made.orchestrator.idle();
    await made.clock.advance(1_000);
    expect(made.updates).toMatchObject([{ externalId: "slow", message: { content: "BOB has it: stuck" } }]);
  });
});

async function inFolder(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "acknowledge-"));
  try {
    await use(join(folder, "sessions.db"));
  } finally {
    await rm(folder, { recursive: true });
  }
}
