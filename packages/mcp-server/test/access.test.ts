import type { Client } from "@modelcontextprotocol/client";
import { describe, expect, it } from "vitest";
import { call, connect, failure, harness } from "./harness.js";
import type { Escalated, Started } from "./shapes.js";

describe("whose sessions a client sees", () => {
  it("is its own alone: another one's are not there, by no name and in no way", async () => {
    const { orchestrator, url } = await harness();
    const ada = await connect(url, { as: "ada" });
    const bob = await connect(url, { as: "bob" });
    const { session } = await call<Started>(ada, "start_session", { externalId: "order-1" });
    const { escalation } = await call<Escalated>(ada, "escalate", { session: session.id, reason: "stuck" });

    const { externalId } = await orchestrator.getSession(session.id);
    for (const named of [session.id, "order-1", externalId])
      for (const [tool, args] of [
        ["get_session", {}],
        ["set_summary", { summary: "mine now" }],
        ["update_metadata", { patch: { a: 1 } }],
        ["record_activity", { type: "x" }],
        ["list_activities", {}],
        ["queue_ui_action", { type: "x" }],
        ["escalate", { reason: "x" }],
        ["request_approval", { tool: "x", arguments: {}, reason: "x" }],
        ["end_session", { as: "cancelled" }],
      ] as const)
        expect(await failure(bob, tool, { session: named, ...args })).toMatch(/^session_not_found: /);
    expect(await failure(bob, "await_human", { escalation: escalation.id })).toMatch(/^not_found: /);
    expect(await failure(bob, "await_human", { escalation: "nothing" })).toMatch(/^not_found: /);
    await expect(bob.readResource({ uri: `session://${session.id}` })).rejects.toThrow(/not found/);
    expect((await bob.listResources()).resources).toEqual([]);
    expect((await ada.listResources()).resources).toMatchObject([
      { uri: `session://${session.id}`, title: "order-1", mimeType: "application/json" },
    ]);

    // The same name is another session for somebody else, and tells nothing of the first.
    const other = await call<Started>(bob, "start_session", { externalId: "order-1" });
    expect(other.resumed).toBe(false);
    expect(other.session.id).not.toBe(session.id);
    expect(await orchestrator.getSession(session.id)).toMatchObject({ summary: null, status: "active" });
  });

  it("cannot be forged by a name that looks like another client's", async () => {
    const { orchestrator, url } = await harness();
    const ada = await connect(url, { as: "ada" });
    await orchestrator.createSession({ externalId: "mcp:ada2:x" });
    await orchestrator.createSession({ externalId: "call_abc" });
    for (const named of ["2:x", "mcp:ada2:x", "call_abc"])
      expect(await failure(ada, "get_session", { session: named })).toMatch(/^session_not_found: /);
  });

  it("does not open with an access token, nor is one ever told", async () => {
    const { orchestrator, url } = await harness({ mcp: { sessions: "all" } });
    const client = await connect(url);
    const { token, id } = await orchestrator.createSession({ externalId: "call_abc" });
    expect(await failure(client, "get_session", { session: token })).toMatch(/by the name or id that/);
    const answers = [
      await call(client, "start_session", { externalId: "call_abc" }),
      await call(client, "start_session", { externalId: "new" }),
      await client.readResource({ uri: `session://${id}` }),
    ];
    expect(JSON.stringify(answers)).not.toContain("ses_");
    expect(answers[0]).toMatchObject({ resumed: true, session: { id, externalId: "call_abc" } });
  });

  it("may be what a function says", async () => {
    const { orchestrator, url } = await harness({
      mcp: { sessions: ({ workflow }, { name }) => workflow === `for-${name}` },
    });
    const client = await connect(url, { as: "ada" });
    const { id } = await orchestrator.createSession({ externalId: "a", workflow: "for-ada" });
    await orchestrator.createSession({ externalId: "b", workflow: "for-bob" });
    expect(await call(client, "get_session", { session: "a" })).toMatchObject({ session: { id } });
    expect(await failure(client, "get_session", { session: "b" })).toMatch(/^session_not_found: /);
    expect(await failure(client, "start_session", { externalId: "b" })).toMatch(/^session_exists: /);
  });
});

describe("what a client reads", () => {
  it("is masked where it did not start the session itself", async () => {
    const { orchestrator, url } = await harness({ mcp: { sessions: "all" } });
    const client = await connect(url);
    const { id } = await orchestrator.createSession({
      metadata: { password: "hunter2", step: 2 },
      summary: "The card is 4111 1111 1111 1111.",
      recipient: { id: "u1", name: "Ada", email: "ada@example.com", phone: "+15550100" },
    });
    await orchestrator.recordActivity(id, {
      type: "field_change",
      data: { fieldId: "ssn", ssn: "078-05-1120" },
    });
    const told = JSON.stringify([
      await call(client, "get_session", { session: id }),
      await client.readResource({ uri: `session://${id}` }),
      await client.readResource({ uri: `session://${id}/summary` }),
    ]);
    for (const secret of ["hunter2", "4111 1111", "078-05-1120", "ada@example.com", "+15550100"])
      expect(told).not.toContain(secret);
    expect(told).toContain('"step":2');
  });

  it("is as it was written where it did", async () => {
    const { url } = await harness();
    const client = await connect(url);
    await call(client, "start_session", { externalId: "a", metadata: { password: "hunter2" } });
    expect(await call(client, "get_session", { session: "a" })).toMatchObject({
      session: { metadata: { password: "hunter2" } },
    });
  });
});

describe("what a client may say", () => {
  it("never comes from a human worker, and names nobody to write to unless that is allowed", async () => {
    const strict = await connect((await harness()).url);
    await call(strict, "start_session", { externalId: "a" });
    expect(
      await failure(strict, "record_activity", { session: "a", type: "message", actor: "human" }),
    ).toMatch(/actor/);
    expect(
      await call<Started>(strict, "start_session", { externalId: "b", recipient: { id: "u1", name: "Eve" } }),
    ).toMatchObject({ session: { recipient: null } });
    const open = await connect((await harness({ mcp: { recipients: true } })).url);
    expect(await startSchema(open)).toContain('"phone"');
    expect(await startSchema(strict)).not.toContain("recipient");
    expect(
      await call<Started>(open, "start_session", { externalId: "b", recipient: { id: "u1", name: "Eve" } }),
    ).toMatchObject({ session: { recipient: { name: "Eve", locale: null } } });
  });

  it("is recorded once for one idempotency key", async () => {
    const { url } = await harness();
    const client = await connect(url);
    await call(client, "start_session", { externalId: "a" });
    const once = { session: "a", type: "note", data: { n: 1 }, idempotencyKey: "k" };
    const first = await call(client, "record_activity", once);
    expect(await call(client, "record_activity", once)).toEqual(first);
    const page = await call<{ activities: unknown[]; nextCursor: string | null }>(client, "list_activities", {
      session: "a",
    });
    expect(page.activities).toHaveLength(1);
  });
});

async function startSchema(client: Client): Promise<string> {
  const { tools } = await client.listTools();
  return JSON.stringify(tools.find(({ name }) => name === "start_session")?.inputSchema);
}
