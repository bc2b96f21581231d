import { describe, expect, it } from "vitest";
import { buttonOf, type Floor, floor, linkOf, refusalsOf } from "./acknowledging.js";
import { codeOf } from "./harness.js";

async function proposed(made: Floor, args: Record<string, unknown> = { order: "42", euros: 20 }) {
  const { id: session } = await made.orchestrator.createSession({ recipient: { id: "user" } });
  const { id } = await made.orchestrator.approvals.request(session, {
    tool: "refund",
    args,
    reason: "The parcel was lost.",
    runBy: "caller",
  });
  await made.clock.advance(1_000);
  return { session, id };
}
const approvalOf = async ({ orchestrator }: Floor, id: string) =>
  (await orchestrator.escalations.get(id)).approval;

describe("an approval", () => {
  it("is shown with its arguments and decided by a button, for exactly these, once", async () => {
    const made = await floor();
    const { session, id } = await proposed(made);
    expect(made.desk.at(-1)?.metadata.actions).toMatchObject([
      { id: "approve", label: "Approve", style: "primary" },
      { id: "reject", label: "Reject", style: "danger" },
    ]);
    expect(made.desk.at(-1)?.content).toContain('refund {"order":"42","euros":20}');
    const action = buttonOf(made.desk, "approve");
    const press = { channel: "desk", from: "U0ANN", action } as const;
    expect(await made.receive(press)).toMatchObject({ status: "acknowledged", reply: "Approved." });
    expect(await approvalOf(made, id)).toMatchObject({ status: "approved", decidedBy: "ann" });
    expect(await made.orchestrator.approvals.take(id)).toEqual({ order: "42", euros: 20 });
    expect(await made.receive(press)).toMatchObject({ status: "refused" });
    expect(await made.receive({ ...press, action: buttonOf(made.desk, "reject") })).toMatchObject({
      status: "refused",
      reply: expect.stringContaining("approved by ANN"),
    });
    expect(await refusalsOf(made, session)).toEqual([{ reason: "used", worker: "ann" }]);
    await made.clock.advance(1_000);
    expect(made.updates.at(-1)?.message.content).toContain("approved by ANN");
  });

  it("is rejected by a button", async () => {
    const made = await floor();
    const { id } = await proposed(made);
    await made.orchestrator.escalations.acknowledge(buttonOf(made.desk, "reject"));
    expect(await approvalOf(made, id)).toMatchObject({ status: "rejected", execution: "none" });
  });

  it("is decided by a link, and never by a word", async () => {
    const made = await floor();
    const { id } = await proposed(made);
    expect(made.sms.at(-1)?.content).toMatch(/Decide: https:/);
    expect(made.sms.at(-1)?.content).not.toContain("YES");
    await made.receive({ channel: "sms", from: "+436600000001", text: "YES" });
    expect(await approvalOf(made, id)).toMatchObject({ status: "requested" });
    const token = linkOf(made.sms);
    expect(await made.orchestrator.escalations.readToken(token)).toMatchObject({
      action: "approve",
      worker: "bob",
    });
    await made.orchestrator.escalations.acknowledge(token);
    expect(await approvalOf(made, id)).toMatchObject({ status: "approved", decidedBy: "bob" });
  });

  it("is not allowed by a button that cannot show what it allows; the link can", async () => {
    const made = await floor();
    const { id } = await proposed(made, { text: "x".repeat(1_000) });
    expect(made.desk.at(-1)?.metadata.actions).toMatchObject([{ id: "reject" }]);
    await made.orchestrator.escalations.acknowledge(linkOf(made.desk));
    expect(await approvalOf(made, id)).toMatchObject({ status: "approved" });
  });

  it("shows nobody what is private", async () => {
    const made = await floor();
    await proposed(made, { card: "4111 1111 1111 1111", euros: 20 });
    expect(made.desk.at(-1)?.content).not.toContain("4111 1111 1111 1111");
  });

  it("goes to one of two who decide at once", async () => {
    const made = await floor();
    const { id } = await proposed(made);
    const { escalations } = made.orchestrator;
    const codes = await Promise.all([
      codeOf(escalations.acknowledge(buttonOf(made.desk, "reject"))),
      codeOf(escalations.acknowledge(linkOf(made.sms))),
    ]);
    expect(codes.toSorted()).toEqual(["escalation_ended", null].toSorted());
    expect((await approvalOf(made, id))?.decidedBy).toBe(codes[0] === null ? "ann" : "bob");
  });
});
