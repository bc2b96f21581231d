import { OrchestratorError } from "@hybrid-orchestrator/core";
import { expect, it } from "vitest";
import { setUp } from "./harness.js";
import {
  accessToken,
  appSecret,
  notification,
  signedBy,
  textMessage,
  thread,
  verifyToken,
  waId,
  whatsAppAdapter,
} from "./whatsapp.js";

async function receiving(host?: Parameters<typeof setUp>[1]) {
  const subject = await setUp({ adapter: whatsAppAdapter("http://127.0.0.1:9") }, host);
  const tell = async (body: string, secret = appSecret) =>
    (await subject.call(body, signedBy(secret, body))).status;
  return { ...subject, tell };
}

it("hands in each message of a signed request, in order, and the message that one answers", async () => {
  const { recording, tell } = await receiving();
  const context = { from: "15550783881", id: "wamid.OUT1" };
  const body = notification(textMessage("Yes"), textMessage("STOP", { id: "wamid.IN2", context }));
  expect(await tell(body)).toBe(200);
  expect(recording.received).toEqual([
    {
      channel: "whatsapp",
      externalId: `${thread}#wamid.IN1`,
      from: waId,
      text: "Yes",
      data: { user: waId, thread, message: "wamid.IN1" },
      occurredAt: 1_735_689_600_000,
    },
    expect.objectContaining({
      externalId: `${thread}#wamid.IN2`,
      inReplyTo: `${thread}#wamid.OUT1`,
      intent: "opt_out",
    }),
  ]);
});

it("hands in the click on a button as an answer to its message", async () => {
  const { recording, tell } = await receiving();
  const click = textMessage("", {
    id: "wamid.IN3",
    type: "interactive",
    context: { from: "15550783881", id: "wamid.OUT1" },
    interactive: { type: "button_reply", button_reply: { id: 'chat:{"a":"file"}', title: "File it" } },
  });
  expect(await tell(notification(click))).toBe(200);
  expect(recording.received).toMatchObject([
    {
      externalId: `${thread}#click:wamid.IN3`,
      inReplyTo: `${thread}#wamid.OUT1`,
      from: waId,
      text: "File it",
      data: { actionId: "file", value: "File it", message: "wamid.OUT1" },
    },
  ]);
});

it("answers Meta's challenge to whoever knows the token", async () => {
  const { get } = await receiving();
  const challenge = (token: string) =>
    get(`?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`);
  const response = await challenge(verifyToken);
  expect([response.status, await response.text()]).toEqual([200, "1158201444"]);
  expect((await challenge("another")).status).toBe(403);
});

it("refuses a wrong signature, none, and one of another body", async () => {
  const { recording, tell, call } = await receiving();
  const body = notification(textMessage("Yes"));
  expect(await tell(body, "another-secret")).toBe(401);
  expect((await call(body, {})).status).toBe(401);
  expect((await call(body, signedBy(appSecret, `${body} `))).status).toBe(401);
  expect(recording.received).toEqual([]);
});

it("checks the bytes as they came", async () => {
  const { recording, tell } = await receiving();
  expect(await tell(notification(textMessage("Grüße \u2028 👋")).replace(/,/g, ", "))).toBe(200);
  expect(recording.received).toMatchObject([{ text: "Grüße \u2028 👋" }]);
});

it("calls a replayed message by one id, so that it is taken once", async () => {
  const { recording, tell } = await receiving();
  const body = notification(textMessage("Yes"));
  expect([await tell(body), await tell(body)]).toEqual([200, 200]);
  expect(new Set(recording.received.map(({ externalId }) => externalId)).size).toBe(1);
});

it.each(["not json", "", "{}", "null", '{"entry":[{}]}'])(
  "answers 400 to the signed body %j",
  async (body) => {
    const { recording, tell } = await receiving();
    expect(await tell(body)).toBe(400);
    expect(recording.received).toEqual([]);
  },
);

it("refuses a body that is too large", async () => {
  const { recording, tell } = await receiving();
  expect(await tell(notification(textMessage("x".repeat(1024 * 1024))))).toBe(413);
  expect(recording.received).toEqual([]);
});

it("answers 503 where one of several messages was not recorded, and logs neither words nor numbers", async () => {
  let count = 0;
  const { recording, tell, lines } = await receiving({
    async before() {
      count += 1;
      if (count === 1) throw new OrchestratorError("storage_busy", `${waId} ${accessToken}`);
    },
  });
  const body = notification(textMessage("First"), textMessage("Second", { id: "wamid.IN2" }));
  expect(await tell(body)).toBe(503);
  expect(await tell(body)).toBe(200);
  expect(recording.received.map(({ text }) => text)).toEqual(["Second", "First", "Second"]);
  await tell("{}");
  const told = lines.join("\n");
  expect(lines).toHaveLength(2);
  for (const secret of [waId, accessToken, appSecret, "First"]) expect(told).not.toContain(secret);
});
