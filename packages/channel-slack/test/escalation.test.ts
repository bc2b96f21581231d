import type { Target } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import { createSecret, signSlack } from "@hybrid-orchestrator/signatures";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it, vi } from "vitest";
import { slackChannel } from "../src/index.js";
import { botToken, clickBody, loggerTo, messageEvent, signingSecret } from "./receiving.js";
import { atEnd, type SlackCall, slackServer } from "./slack-server.js";

interface Button {
  readonly action_id: string;
  readonly value: string;
}

/** Ann and Bob, called in Slack to a session whose user writes elsewhere. */
async function world(target: Target = { queue: "support" }) {
  const slack = await slackServer();
  atEnd(() => slack.close());
  const lines: string[] = [];
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    logger: loggerTo(lines),
    plugins: [
      slackChannel({
        botToken,
        signingSecret,
        baseUrl: slack.baseUrl,
        audience: "worker",
        defaultChannel: "C0TEAM",
      }),
    ],
    escalation: {
      policies: {
        support: {
          levels: [{ targets: [target], waitSeconds: 600 }],
          onExhausted: { action: "back_to_ai" },
        },
      },
      acknowledge: { keys: [{ id: 1, secret: createSecret() }] },
    },
  });
  atEnd(() => orchestrator.stop());
  await orchestrator.start();
  const server = createServer({ orchestrator });
  atEnd(() => server.close());
  const { url } = await server.listen({ port: 0 });
  for (const [id, slackId] of [
    ["ann", "U0ANN"],
    ["bob", "U0BOB"],
  ] as const) {
    await orchestrator.workers.register({
      id,
      name: id.toUpperCase(),
      queues: ["support"],
      contact: { slackId },
    });
    await orchestrator.workers.setPresence(id, "online");
  }
  const { id: session } = await orchestrator.createSession({ recipient: { id: "user" } });
  const { id: escalation } = await orchestrator.escalations.open(session, { reason: "stuck" });
  const callTo = (user: string) =>
    eventually(() => {
      const call = slack.calls.find(
        ({ method, body }) => method === "chat.postMessage" && body.channel === user,
      );
      if (call === undefined) throw new Error(`Nobody has called ${user}.`);
      return call;
    });

  async function says(path: string, body: string): Promise<void> {
    const headers = signSlack({ body, now: Date.now() }, signingSecret);
    const response = await fetch(`${url}/hooks/slack${path}`, { method: "POST", body, headers });
    expect(response.status).toBe(200);
  }
  let clicks = 0;
  /** Presses a button of the message that was posted to that user. */
  async function click(
    button: Button | undefined,
    user: string,
    conversation = user.replace("U", "D"),
  ): Promise<string> {
    clicks += 1;
    const before = slack.calls.filter(({ method }) => method === "response_url").length;
    await says(
      "/interactivity",
      clickBody({
        user: { id: user },
        channel: { id: conversation },
        actions: [{ type: "button", text: { text: "I take it" }, ...button, action_ts: `${clicks}.000001` }],
        response_url: `${slack.origin}/actions/T1/${clicks}/secret-url`,
      }),
    );
    return eventually(() => {
      const told = slack.calls.filter(({ method }) => method === "response_url")[before];
      if (told === undefined) throw new Error("Nobody has told whoever clicked.");
      expect(told.body).toMatchObject({ response_type: "ephemeral", replace_original: false });
      return String(told.body.text);
    });
  }
  const holder = async () => (await orchestrator.escalations.get(escalation)).holder?.worker ?? null;
  return { slack, orchestrator, session, callTo, click, says, holder, lines };
}

const buttonsOf = ({ body }: SlackCall): Button[] =>
  ((body.blocks ?? []) as readonly { readonly elements?: Button[] }[]).flatMap(
    ({ elements }) => elements ?? [],
  );

it("a worker takes an escalation by a click, another learns who has it, and both calls say so without buttons", async () => {
  const { slack, orchestrator, session, callTo, click, holder, lines } = await world();
  const [anns, bobs] = [buttonsOf(await callTo("U0ANN")), buttonsOf(await callTo("U0BOB"))];
  expect(anns.map(({ action_id }) => action_id)).toEqual(["claim", "decline"]);

  // Bob's button in Ann's hand does nothing.
  expect(await click(bobs[0], "U0ANN")).toBe("This was meant for somebody else.");
  expect(await holder()).toBeNull();
  expect(await click(anns[0], "U0ANN")).toMatch(/^You have it: stuck/);
  expect(await holder()).toBe("ann");
  expect(await click(bobs[0], "U0BOB")).toBe("ANN has it already.");
  expect(await click(anns[0], "U0ANN")).toBe("You have it already.");
  expect(await holder()).toBe("ann");

  await eventually(() => {
    const rewritten = slack.calls.filter(({ method }) => method === "chat.update");
    expect(rewritten.map(({ body }) => body.channel).sort()).toEqual(["D0ANN", "D0BOB"]);
    for (const call of rewritten) {
      expect(JSON.stringify(call.body.blocks)).toContain("ANN has it: stuck");
      expect(buttonsOf(call)).toEqual([]);
    }
  });
  const { events } = await orchestrator.readEvents({ session, limit: 500 });
  const refused = events.filter(({ type }) => type === "escalation.token_refused");
  expect(refused).toMatchObject([{ data: { reason: "foreign" } }, { data: { reason: "used" } }]);
  const { items } = await orchestrator.listActivities(session, { limit: 50, types: ["message"] });
  expect(items).toEqual([]);
  for (const secret of [...anns, ...bobs].map(({ value }) => (JSON.parse(value) as { value: string }).value))
    expect(lines.join("\n") + JSON.stringify(events)).not.toContain(secret);
});

it("what the holder writes in the thread is a human's word, and what others write reaches nobody", async () => {
  const { orchestrator, session, callTo, click, says } = await world();
  const anns = buttonsOf(await callTo("U0ANN"));
  await callTo("U0BOB");
  await click(anns[0], "U0ANN");
  const written = (user: string, text: string, id: string) =>
    says(
      "/events",
      messageEvent(
        { channel: user.replace("U", "D"), user, text, ts: `1735689${id}.000100` },
        { event_id: `Ev${id}` },
      ),
    );
  await written("U0BOB", "Tell her to wait.", "601");
  await written("U0ANN", "Hello, how can I help?", "602");
  const { items } = await orchestrator.listActivities(session, { limit: 50 });
  const said = items.filter(({ type }) => type.endsWith("message"));
  expect(said).toMatchObject([{ actor: "human", data: { text: "Hello, how can I help?", worker: "ann" } }]);
});

it("in a team's channel the button counts for whoever of the workers clicks it, and words are talk among colleagues", async () => {
  const { orchestrator, session, callTo, click, says, holder } = await world({ channel: "slack" });
  const [claim, ...more] = buttonsOf(await callTo("C0TEAM"));
  expect(more).toEqual([]);
  expect(await click(claim, "U0EVE", "C0TEAM")).toBe("This was meant for somebody else.");
  expect(await holder()).toBeNull();
  expect(await click(claim, "U0ANN", "C0TEAM")).toMatch(/^You have it: stuck/);
  expect(await holder()).toBe("ann");
  const word = {
    ...{ channel: "C0TEAM", channel_type: "channel", user: "U0ANN", thread_ts: "1700000000.000001" },
    ...{ text: "An awful customer!", ts: "1735689601.000100" },
  };
  await says("/events", messageEvent(word, { event_id: "Ev0009" }));
  const { items } = await orchestrator.listActivities(session, { limit: 50 });
  expect(items.filter(({ type }) => type.endsWith("message"))).toMatchObject([
    { type: "worker_message", actor: "human", data: { text: "An awful customer!", worker: "ann" } },
  ]);
});

function eventually<Value>(look: () => Value): Promise<Value> {
  return vi.waitFor(look, { timeout: 15_000, interval: 10 });
}
