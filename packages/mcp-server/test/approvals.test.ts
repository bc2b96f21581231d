import type { Client } from "@modelcontextprotocol/client";
import { describe, expect, it } from "vitest";
import type { McpServerOptions } from "../src/index.js";
import { call, connect, failure, harness } from "./harness.js";
import type { Asked, Started } from "./shapes.js";

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
        arguments: { cents: 4_200 },
        decidedBy: "client:ada",
        comment: "only once",
      },
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
  ])("is none when they %s", async (_, answer) => {
    const { client, logged } = await asking(answer);
    expect(await call<Asked>(client, "request_approval", proposal)).toMatchObject({
      approval: { status: "rejected", arguments: null },
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
        structuredContent: { approval: { status: "approved", arguments: { cents: 4_200 } } },
      });
    expect(await logged()).toHaveLength(1);
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
