import { describe, expect, it } from "vitest";
import { call, connect, type Era, failure, harness } from "./harness.js";
import type { Escalated, Started, Awaited as Waited } from "./shapes.js";

describe.each<Era>(["modern", "legacy"])("a client of the %s revision", (era) => {
  it("remembers, calls for a human, waits, and goes on from the hand-back", async () => {
    const { orchestrator, url } = await harness();
    const client = await connect(url, { era });
    expect(client.getProtocolEra()).toBe(era);

    const started = await call<Started>(client, "start_session", {
      externalId: "claim-17",
      workflow: "claims",
      metadata: { step: 1 },
    });
    expect(started).toMatchObject({
      resumed: false,
      session: { externalId: "claim-17", workflow: "claims", status: "active", metadata: { step: 1 } },
    });
    await call(client, "record_activity", {
      session: "claim-17",
      type: "form_error",
      data: { field: "ssn" },
    });
    await call(client, "set_summary", { session: "claim-17", summary: "The number is refused." });
    await call(client, "update_metadata", { session: "claim-17", patch: { step: 2 } });

    const { escalation } = await call<Escalated>(client, "escalate", {
      session: "claim-17",
      reason: "The number is refused three times.",
    });
    expect(await call<Started>(client, "start_session", { externalId: "claim-17" })).toMatchObject({
      resumed: true,
      open: [{ id: escalation.id, kind: "takeover", reason: "The number is refused three times." }],
    });
    const waiting = call<Waited>(client, "await_human", { escalation: escalation.id, waitSeconds: 30 });
    await orchestrator.escalations.claim(escalation.id, { worker: "ann" });
    const claimed = await waiting;
    expect(claimed).toMatchObject({
      outcome: "claimed",
      done: false,
      happened: [{ what: "claimed", by: "ann" }],
      escalation: { holder: "ann", status: "claimed" },
    });
    expect(claimed.next).toMatch(/Write nothing/);
    const { id } = started.session;
    expect(await failure(client, "queue_ui_action", { session: id, type: "prompt" })).toMatch(
      /^stale_epoch: .* await_human/,
    );

    await orchestrator.escalations.reply(escalation.id, { worker: "ann", text: "I have your papers here." });
    await orchestrator.escalations.handBack(escalation.id, {
      worker: "ann",
      note: { text: "The number is right.", promises: ["a call on Friday"], avoid: ["ask for it again"] },
      mode: "continue",
    });
    const ended = await call<Waited>(client, "await_human", {
      escalation: escalation.id,
      cursor: claimed.cursor,
    });
    expect(ended).toMatchObject({
      outcome: "handed_back",
      done: true,
      escalation: {
        handBack: { text: "The number is right.", promises: ["a call on Friday"], mode: "continue" },
      },
    });
    expect(ended.happened.map(({ what, text }) => [what, text])).toEqual([
      ["said", "I have your papers here."],
      ["handed_back", "The number is right."],
    ]);

    const { action } = await call<{ action: { id: string } }>(client, "queue_ui_action", {
      session: id,
      type: "highlight_field",
      data: { fieldId: "ssn" },
    });
    const [taken] = await orchestrator.takeUiActions({ id });
    expect(taken).toMatchObject({ id: action.id, data: { fieldId: "ssn" } });
    expect(await call(client, "get_ui_action", { session: id, action: action.id })).toMatchObject({
      action: { status: "delivered" },
    });
    expect(await call(client, "end_session", { session: id, as: "completed" })).toMatchObject({
      session: { status: "completed", summary: "The number is refused.", metadata: { step: 2 } },
    });
    expect(await failure(client, "record_activity", { session: id, type: "x" })).toMatch(
      /^session_closed: .*start_session/,
    );
  });

  it("asks a question, and gets the answer also when it asks late", async () => {
    const { orchestrator, url } = await harness();
    const client = await connect(url, { era });
    const { session } = await call<Started>(client, "start_session");
    expect(session.externalId).toBeNull();
    const { escalation } = await call<Escalated>(client, "escalate", {
      session: session.id,
      kind: "question",
      reason: "unsure",
      question: "Is the discount allowed?",
    });
    await orchestrator.escalations.claim(escalation.id, { worker: "ann" });
    await orchestrator.escalations.reply(escalation.id, { worker: "ann", text: "Up to 10 %." });
    const answered = await call<Waited>(client, "await_human", { escalation: escalation.id });
    expect(answered).toMatchObject({
      outcome: "answered",
      done: true,
      escalation: { answer: "Up to 10 %." },
      happened: [{ what: "claimed" }, { what: "answered", by: "ann", text: "Up to 10 %." }],
    });
    // Everything has been told: what is left is how it stands.
    expect(
      await call<Waited>(client, "await_human", { escalation: escalation.id, cursor: answered.cursor }),
    ).toMatchObject({ outcome: "answered", done: true, happened: [] });
  });
});
