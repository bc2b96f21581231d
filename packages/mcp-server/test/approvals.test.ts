import type { OrchestratorOptions } from "@hybrid-orchestrator/orchestrator";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import type { Client } from "@modelcontextprotocol/client";
import { describe, expect, it } from "vitest";
import type { McpServerOptions } from "../src/index.js";
import { call, connect, failure, harness } from "./harness.js";
import type { Asked, Escalated, Started, Awaited as Waited } from "./shapes.js";

type Answer =
  | { readonly action: "accept"; readonly content: Record<string, string> }
  | { readonly action: "decline" | "cancel" };

const proposal = { session: "a", tool: "refund", arguments: { cents: 4_200 }, reason: "It came broken." };

async function asking(answer: Answer, mcp: Omit<McpServerOptions, "orchestrator"> = { approvals: "elicit" }) {
  const made = await harness({ mcp });
  const asked: { readonly message: string }[] = [];
  const client = await connect(made.url, { options: { capabilities: { elicitation: { form: {} } } } });
  client.setRequestHandler("elicitation/create", async ({ params }) => {
    asked.push(params as { message: string });
    return answer as never;
  });
  const { session } = await call<Started>(client, "start_session", { externalId: "a" });
  const logged = async () =>
    (await made.orchestrator.listActivities(session.id, { limit: 10 })).items.filter(
      ({ type }) => type === "approval",
    );
  return { ...made, client, asked, logged };
}

describe("an approval by whoever sits at the client", () => {
  it("counts for exactly what they were shown, and is in the log with who decided", async () => {
    const { client, asked, logged } = await asking({
      action: "accept",
      content: { decision: "approve", comment: "only once" },
    });
    expect(await call<Asked>(client, "request_approval", proposal)).toEqual({
      id: null,
      approval: {
        status: "approved",
        tool: "refund",
        decidedBy: "client:ada",
        comment: "only once",
        execution: "none",
      },
      arguments: { cents: 4_200 },
      next: "Do it once, with exactly these arguments.",
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.message).toMatch(/refund.*4200.*It came broken\./s);
    expect(await logged()).toMatchObject([
      {
        actor: "user",
        data: {
          tool: "refund",
          args: { cents: 4_200 },
          decision: "approve",
          decidedBy: "client:ada",
          by: "elicitation",
        },
      },
    ]);
  });

  it.each<[string, Answer]>([
    ["says no", { action: "accept", content: { decision: "reject" } }],
    ["declines", { action: "decline" }],
  ])("is none: who sits there %s", async (_, answer) => {
    const { client, logged } = await asking(answer);
    expect(await call<Asked>(client, "request_approval", proposal)).toMatchObject({
      approval: { status: "rejected" },
      arguments: null,
      next: "Do not do it.",
    });
    expect(await logged()).toMatchObject([{ data: { decision: "reject" } }]);
  });

  it.each<[string, Answer]>([
    ["close the form", { action: "cancel" }],
    ["answer what is no answer", { action: "accept", content: { decision: "perhaps" } }],
  ])("is open when they %s, and nobody has rejected anything", async (_, answer) => {
    const { client, logged } = await asking(answer);
    expect(await failure(client, "request_approval", proposal)).toMatch(/^unavailable: Nobody decides/);
    expect(await logged()).toEqual([]);
  });

  it("is not had by a client that answers before it was asked, or about something else", async () => {
    const { url, logged } = await asking({ action: "decline" });
    const send = rawCalls(url);
    const answers = { decision: { action: "accept", content: { decision: "approve" } } };
    const unasked = await send(proposal, { inputResponses: answers });
    expect(unasked.result).toMatchObject({ resultType: "input_required" });
    const requestState = unasked.result?.requestState;
    const other = { ...proposal, arguments: { cents: 999_999 } };
    expect((await send(other, { inputResponses: answers, requestState })).result).toMatchObject({
      resultType: "input_required",
    });
    const forged = `${String(requestState).slice(0, -4)}AAAA`;
    expect((await send(proposal, { inputResponses: answers, requestState: forged })).error?.code).toBe(
      -32_602,
    );
    expect(await logged()).toEqual([]);
    for (let times = 0; times < 2; times += 1)
      expect((await send(proposal, { inputResponses: answers, requestState })).result).toMatchObject({
        structuredContent: { approval: { status: "approved" }, arguments: { cents: 4_200 } },
      });
    expect(await logged()).toHaveLength(1);
  });

  it("is not asked for where it is more than they could be shown", async () => {
    const { client, asked } = await asking({ action: "accept", content: { decision: "approve" } });
    const long = { ...proposal, arguments: { text: "x".repeat(4_000) } };
    expect(await failure(client, "request_approval", long)).toMatch(/^unavailable: /);
    expect(asked).toEqual([]);
    expect(await failure(client, "request_approval", { ...proposal, tool: "a\nb" })).toMatch(/one line/);
  });

  it("is not asked for where the client cannot ask", async () => {
    const { url } = await harness({ mcp: { approvals: "elicit" } });
    for (const era of ["modern", "legacy"] as const) {
      const client: Client = await connect(url, { era });
      await call(client, "start_session", { externalId: "a" });
      expect(await failure(client, "request_approval", proposal)).toMatch(/^unavailable: /);
    }
  });
});

describe("an approval by workers", () => {
  async function asked(
    mcp: Omit<McpServerOptions, "orchestrator"> = {},
    options: Partial<OrchestratorOptions> = {},
  ) {
    const made = await harness({ mcp, orchestrator: options });
    const client = await connect(made.url);
    await call(client, "start_session", { externalId: "a" });
    const { id, ...answer } = await call<Asked>(client, "request_approval", proposal);
    expect(answer).toMatchObject({
      approval: { status: "requested", tool: "refund", decidedBy: null, execution: "none" },
      arguments: null,
    });
    const approval = id ?? "";
    const { approval: pending } = await made.orchestrator.escalations.get(approval);
    const waited = () => call<Waited>(client, "await_human", { escalation: approval });
    return { ...made, client, approval, argsHash: pending?.argsHash ?? "", waited };
  }

  it("gives what was approved once, changed as the human changed it, and keeps what came of it", async () => {
    const { client, orchestrator, approval, argsHash, waited, url } = await asked();
    // The same while it waits: a client that lost the answer.
    expect((await call<Asked>(client, "request_approval", proposal)).id).toBe(approval);
    expect(await failure(client, "take_approval", { approval })).toMatch(/^approval_mismatch: /);
    const waiting = waited();
    await orchestrator.approvals.decide(approval, {
      worker: "ann",
      decision: "edit",
      argsHash,
      args: { cents: 2_100 },
      comment: "half of it",
    });
    const decided = await waiting;
    expect(decided).toMatchObject({
      outcome: "decided",
      done: true,
      escalation: {
        kind: "approval",
        approval: { status: "edited", decidedBy: "worker:ann", comment: "half of it", execution: "pending" },
      },
      happened: [{ what: "claimed" }, { what: "decided", by: "ann", text: "half of it" }],
    });
    expect(decided.next).toMatch(/take_approval/);
    const stranger = await connect(url, { as: "bob" });
    expect(await failure(stranger, "take_approval", { approval })).toMatch(/^not_found: /);
    expect(await failure(stranger, "report_result", { approval, status: "done" })).toMatch(/^not_found: /);

    expect(await call(client, "take_approval", { approval })).toMatchObject({
      tool: "refund",
      arguments: { cents: 2_100 },
    });
    expect(await failure(client, "take_approval", { approval })).toMatch(/^approval_mismatch: .*twice/);
    expect((await waited()).next).toMatch(/not done twice/);
    const report = { approval, status: "done", result: { refund: "r1" } };
    for (let times = 0; times < 2; times += 1)
      expect(await call(client, "report_result", report)).toMatchObject({
        approval: { status: "edited", execution: "done" },
      });
    expect((await orchestrator.escalations.get(approval)).approval?.result).toEqual({ refund: "r1" });
  });

  it.each([
    ["reject", "rejected", /^Do not do it\.$/],
    ["respond", "responded", /Read the comment/],
    ["ignore", "ignored", /do not ask again/],
  ] as const)("is none when they %s", async (decision, status, next) => {
    const { client, orchestrator, approval, argsHash, waited } = await asked();
    const comment = decision === "respond" ? "Offer a voucher instead." : undefined;
    await orchestrator.approvals.decide(approval, {
      worker: "ann",
      decision,
      argsHash,
      ...(comment !== undefined && { comment }),
    });
    expect(await waited()).toMatchObject({
      done: true,
      outcome: "decided",
      escalation: { approval: { status, comment: comment ?? null } },
      next: expect.stringMatching(next),
    });
    expect(await failure(client, "take_approval", { approval })).toMatch(/^approval_mismatch: /);
  });

  it("is not rejected by nobody's deciding, and says so", async () => {
    const clock = virtualClock();
    const { client, approval, waited } = await asked({}, { clock });
    await clock.advance(24 * 3_600_000);
    const expired = await waited();
    expect(expired).toMatchObject({
      done: true,
      outcome: "expired",
      escalation: { status: "expired", approval: { status: "expired" } },
    });
    expect(expired.next).toMatch(/no rejection/);
    expect(await failure(client, "take_approval", { approval })).toMatch(/^approval_mismatch: /);
  });

  it("is asked for where the client cannot ask its human, or that one does not decide", async () => {
    const first = await asked({ approvals: "elicit_then_workers" });
    expect(first.approval).not.toBe("");
    const { client } = await asking({ action: "cancel" }, { approvals: "elicit_then_workers" });
    expect(await call<Asked>(client, "request_approval", proposal)).toMatchObject({
      approval: { status: "requested" },
      id: expect.any(String),
    });
  });

  it("is no other escalation's", async () => {
    const { client } = await asked();
    const { escalation } = await call<Escalated>(client, "escalate", { session: "a", reason: "stuck" });
    expect(await failure(client, "take_approval", { approval: escalation.id })).toMatch(
      /^not_found: .*no approval/,
    );
  });
});

interface RawAnswer {
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number };
}

/** Requests as a client could write them that does not keep to the order of things. */
function rawCalls(url: URL) {
  return async (args: unknown, more: Record<string, unknown>): Promise<RawAnswer> => {
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        authorization: "Bearer token-of-ada-0123456789",
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "request_approval",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: {
          name: "request_approval",
          arguments: args,
          ...more,
          _meta: {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
            "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} } },
          },
        },
      }),
    });
    return (await answer.json()) as RawAnswer;
  };
}
