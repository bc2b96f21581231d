import { createSecret } from "@hybrid-orchestrator/signatures";
import { describe, expect, it } from "vitest";
import { callOf, eventually, type World, world } from "./harness.js";

const number = "+14155550177";

/** Ann is called to a session whose user is on the telephone as well. */
async function called() {
  const given = await world({ audience: "both" }, [], {
    options: {
      escalation: {
        policies: {
          support: {
            levels: [{ targets: [{ worker: "ann" }], waitSeconds: 600 }],
            onExhausted: { action: "back_to_ai" },
            announcements: { waiting: null, human: null },
          },
        },
        acknowledge: { keys: [{ id: 1, secret: createSecret() }] },
      },
    },
  });
  const { orchestrator, vapi, tell } = given;
  await orchestrator.workers.register({ id: "ann", name: "ANN", contact: { phone: number } });
  await orchestrator.workers.setPresence("ann", "online");
  await tell({ type: "status-update", status: "in-progress", call: callOf(given, "in-1") });
  const { id: session } = await orchestrator.getSession({ externalId: "voice:in-1" });
  const { id: escalation } = await orchestrator.escalations.open(session, { reason: "stuck" });
  await eventually(() => expect(vapi.placed).toHaveLength(1));
  const call = callOf(given, vapi.placed[0]?.id ?? "");
  return { ...given, session, escalation, call };
}

async function use(given: World, name: string, call: object, id = `tool-${name}`) {
  const { body } = await given.tell({
    type: "tool-calls",
    toolCallList: [{ id, name, parameters: {} }],
    call,
  });
  return JSON.parse(body.results?.[0]?.result ?? "{}") as { status?: string; say?: string };
}

describe("a worker who is called", () => {
  it("is called on their own telephone, and nothing of it is said in the user's call", async () => {
    const { vapi } = await called();
    expect(vapi.placed).toMatchObject([{ customer: { number, name: "ANN" } }]);
    expect(vapi.placed[0]?.assistantOverrides.firstMessage).toContain("stuck");
    expect(vapi.commands).toEqual([]);
  });

  it("takes it by a tool, once; the tool of another call does nothing", async () => {
    const given = await called();
    const { orchestrator, escalation, call } = given;
    expect(await use(given, "acceptRequest", { ...call, assistantOverrides: {} })).toEqual({});
    expect((await orchestrator.escalations.get(escalation)).holder).toBeNull();
    const accepted = await use(given, "acceptRequest", call);
    expect(accepted).toMatchObject({
      status: "acknowledged",
      say: expect.stringContaining("You have it: stuck"),
    });
    expect(await use(given, "acceptRequest", call)).toEqual(accepted);
    expect(await use(given, "acceptRequest", call, "another")).toMatchObject({
      status: "refused",
      say: "You have it already.",
    });
    expect(await orchestrator.escalations.get(escalation)).toMatchObject({ holder: { worker: "ann" } });
  });

  it("leaves it to others by a tool", async () => {
    const given = await called();
    expect(await use(given, "declineRequest", given.call)).toMatchObject({ status: "acknowledged" });
    const { skipped } = await given.orchestrator.escalations.get(given.escalation);
    expect(skipped).toMatchObject([{ worker: "ann" }]);
  });

  it("says nothing in the user's name, and their call is not the session's", async () => {
    const given = await called();
    const { orchestrator, tell, session, call, vapi } = given;
    await tell({ type: "status-update", status: "in-progress", call });
    await tell({
      type: "transcript",
      role: "user",
      transcriptType: "final",
      transcript: "Who is this?",
      call,
    });
    await tell({ type: "speech-update", role: "user", status: "started", call });
    const { items } = await orchestrator.listActivities(session, { limit: 50 });
    expect(items.filter(({ data }) => data.text === "Who is this?" || data.callId === call.id)).toEqual([]);
    const recipient = { id: "u1", phone: "+14155550123" };
    await orchestrator.send(session, {
      content: "One moment.",
      channel: "voice",
      recipient,
      whileHuman: "send",
    });
    await eventually(() => expect(vapi.commands).toMatchObject([{ callId: "in-1" }]));
    await tell({ type: "end-of-call-report", endedReason: "customer-ended-call", call });
    const { items: deliveries } = await orchestrator.listDeliveries({ session, limit: 50 });
    expect(deliveries.find(({ message }) => message.recipient.id === "ann")).toMatchObject({
      status: "delivered",
    });
  });
});
