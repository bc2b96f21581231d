import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import { signSlack } from "@hybrid-orchestrator/signatures";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it } from "vitest";
import { slackChannel } from "../src/index.js";
import { botToken, clickBody, loggerTo, messageEvent, signingSecret } from "./receiving.js";
import { atEnd, type SlackCall, slackServer } from "./slack-server.js";

it("a session keeps to its thread, and what people write and click there comes back to it", async () => {
  const slack = await slackServer();
  atEnd(() => slack.close());
  const lines: string[] = [];
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    logger: loggerTo(lines),
    plugins: [slackChannel({ botToken, signingSecret, baseUrl: slack.baseUrl })],
  });
  atEnd(() => orchestrator.stop());
  const server = createServer({ orchestrator });
  atEnd(() => server.close());
  await orchestrator.start();
  const { url } = await server.listen({ port: 0 });

  async function slackSays(path: string, body: string): Promise<number> {
    const headers = signSlack({ body, now: Date.now() }, signingSecret);
    return (await fetch(`${url}/hooks/slack${path}`, { method: "POST", body, headers })).status;
  }

  async function sent(session: string, content: string, metadata = {}): Promise<void> {
    const isSent = new Promise<void>((resolve) => orchestrator.on("delivery.sent", () => resolve()));
    await orchestrator.send(session, { content, metadata });
    await isSent;
  }

  const ada = { id: "ada", slackId: "U0EXAMPLE1" };
  const session = await orchestrator.createSession({ recipient: ada });
  const other = await orchestrator.createSession({ recipient: ada });

  await sent(session.id, "Shall I file it?", { actions: [{ id: "yes", label: "Yes", value: "file" }] });
  await sent(session.id, "Still there?");
  await sent(other.id, "Another matter.");
  const thread_ts = "1700000000.000001";
  expect(slack.calls.map(({ body }) => [body.channel, body.thread_ts])).toEqual([
    ["U0EXAMPLE1", undefined],
    ["D0EXAMPLE1", thread_ts],
    ["U0EXAMPLE1", undefined],
  ]);

  // A reply in the thread of the first session, told twice, though the other session wrote last.
  const reply = messageEvent({ thread_ts, text: "Yes, please" });
  expect([await slackSays("/events", reply), await slackSays("/events", reply)]).toEqual([200, 200]);
  // A word outside of any thread goes to the session that wrote last.
  const word = messageEvent({ text: "And this?", ts: "1735689601.000100" }, { event_id: "Ev0002" });
  expect(await slackSays("/events", word)).toBe(200);

  const click = clickBody({
    message: { ts: thread_ts, text: "Shall I file it?", blocks: slack.calls[0]?.body.blocks },
    actions: [{ ...buttonOf(slack.calls[0]), action_ts: "1735689700.000001" }],
    response_url: `${slack.origin}/actions/T1/1/secret-url`,
  });
  expect(await slackSays("/interactivity", click)).toBe(200);
  expect((await slack.called("response_url")).body).toMatchObject({ replace_original: true });

  const { items } = await orchestrator.listActivities(session.id, { limit: 10, order: "asc" });
  expect(items).toMatchObject([
    { type: "message", actor: "user", channel: "slack", data: { text: "Yes, please", from: "U0EXAMPLE1" } },
    { type: "message", channel: "slack", data: { text: "Yes", actionId: "yes", value: "file" } },
  ]);
  const { items: others } = await orchestrator.listActivities(other.id, { limit: 10 });
  expect(others).toMatchObject([{ data: { text: "And this?" } }]);
  for (const secret of [botToken, signingSecret, "secret-url", "U0EXAMPLE1"])
    expect(lines.join("\n")).not.toContain(secret);
});

/** The button as Slack gives it back. */
function buttonOf(call: SlackCall | undefined): object {
  const blocks = (call?.body.blocks ?? []) as readonly { readonly elements?: readonly object[] }[];
  return blocks.flatMap(({ elements }) => elements ?? [])[0] ?? {};
}
