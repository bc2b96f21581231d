import { describe, expect, it } from "vitest";
import type { SmsChannelConfig } from "../src/index.js";
import { inboundForm, setUpHooks, webhook } from "./harness.js";

const empty = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>';
const unmatched = () => ({ status: "unmatched", reason: "unknown" }) as const;

async function intentOf(text: string, form: Record<string, string> = {}, changes: SmsChannelConfig = {}) {
  const { call, recording } = await setUpHooks(changes);
  await call(webhook("/inbound", inboundForm({ Body: text, ...form })));
  return recording.received[0]?.intent;
}

describe("a message that comes in", () => {
  it("is handed in with its sender, its id and its text, and answered with nothing", async () => {
    const { call, recording } = await setUpHooks();
    const response = await call(webhook("/inbound", inboundForm()));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/xml; charset=utf-8");
    expect(await response.text()).toBe(empty);
    expect(recording.received).toEqual([
      {
        channel: "sms",
        externalId: "SM00000000000000000000000000000001",
        from: "+14155550123",
        text: "Yes, please",
        data: { to: "+14155550199" },
      },
    ]);
  });

  it("brings its media, and the message that it answers where Twilio names it", async () => {
    const { call, recording } = await setUpHooks();
    const media = {
      NumMedia: "2",
      MediaUrl0: "https://api.twilio.com/media/ME1",
      MediaContentType0: "image/jpeg",
      MediaUrl1: "https://api.twilio.com/media/ME2",
      MediaContentType1: "audio/amr",
      Body: "",
      OriginalRepliedMessageSid: "SM9",
    };
    await call(webhook("/inbound", inboundForm(media)));
    expect(recording.received[0]).toMatchObject({
      text: "",
      inReplyTo: "SM9",
      data: {
        media: [
          { url: "https://api.twilio.com/media/ME1", contentType: "image/jpeg" },
          { url: "https://api.twilio.com/media/ME2", contentType: "audio/amr" },
        ],
      },
    });
  });

  it.each(["1000000000", "-1", "x"])("is not troubled by %s media", async (count) => {
    const { call, recording } = await setUpHooks();
    await call(webhook("/inbound", inboundForm({ NumMedia: count })));
    expect(recording.received[0]?.data).toEqual({ to: "+14155550199" });
  });

  it.each(["12345", "BANK", ""])(
    "from %s, which is no telephone number, has no sender to find",
    async (From) => {
      const { call, recording } = await setUpHooks();
      await call(webhook("/inbound", inboundForm({ From })));
      expect(recording.received[0]).not.toHaveProperty("from");
    },
  );

  it("is no message without its id, and Twilio is not asked to come again", async () => {
    const { call, recording, logged } = await setUpHooks();
    const response = await call(webhook("/inbound", inboundForm({ MessageSid: "" })));
    expect([response.status, await response.text()]).toEqual([200, empty]);
    expect(recording.received).toEqual([]);
    expect(logged()).toContain("holds no message");
  });
});

describe("what a message asks for", () => {
  const optOut = [
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "OPTOUT",
    "REVOKE",
    " stop\n",
    "sToP",
  ];
  it.each<[string | undefined, string]>([
    ...optOut.map((text): [string, string] => ["opt_out", text]),
    ["opt_in", "START"],
    ["opt_in", "unstop "],
    ["human", "Human"],
    ["human", "agent"],
    [undefined, "YES"],
    [undefined, "yes"],
    [undefined, "STOP PLEASE"],
    [undefined, "Please stop"],
    [undefined, "stopp"],
    [undefined, "the end"],
    [undefined, "HELP"],
    [undefined, "I want a human"],
    [undefined, ""],
  ])("%s: %j", async (intent, text) => {
    expect(await intentOf(text)).toBe(intent);
  });

  it.each<[string | undefined, string, string]>([
    ["opt_out", "STOP", "ARRÊT"],
    ["opt_in", "START", "YES"],
    ["opt_in", "START", "STOP"],
    [undefined, "HELP", "HUMAN"],
    ["opt_out", "", "STOP"],
    ["human", "SOMETHING", "HUMAN"],
  ])("%s, where Twilio took it for %j: %j", async (intent, OptOutType, text) => {
    expect(await intentOf(text, { OptOutType })).toBe(intent);
  });

  it("goes by words of one's own", async () => {
    const changes = { optOutWords: ["ARRÊT"], optInWords: ["yes"], humanWords: ["un humain"] };
    const texts = ["arrêt", "stop", "YES", "start", "Un Humain", "agent"];
    const intents = await Promise.all(texts.map((text) => intentOf(text, {}, changes)));
    expect(intents).toEqual(["opt_out", undefined, "opt_in", undefined, "human", undefined]);
  });
});

describe("a message that belongs to no session", () => {
  const unmatchedReply = "We don't know <you> & yours\u0000";
  const reply = `<?xml version="1.0" encoding="UTF-8"?><Response><Message>We don't know &lt;you&gt; &amp; yours</Message></Response>`;
  const form = (id: number, changes = {}) => inboundForm({ MessageSid: `SM${id}`, ...changes });

  it("is answered with nothing, where no text is configured", async () => {
    const { call } = await setUpHooks({}, unmatched);
    expect(await (await call(webhook("/inbound", form(1)))).text()).toBe(empty);
  });

  it("is answered with the text, once a day to one number", async () => {
    const { call, clock } = await setUpHooks({ unmatchedReply }, unmatched);
    const answerTo = async (id: number, changes = {}) =>
      (await call(webhook("/inbound", form(id, changes)))).text();
    expect(await answerTo(1)).toBe(reply);
    expect(await answerTo(2)).toBe(empty);
    expect(await answerTo(3, { From: "+436601234567" })).toBe(reply);
    expect(await answerTo(4, { From: "12345" })).toBe(empty);
    await clock.advance(3 * 86_400_000);
    expect(await answerTo(5)).toBe(reply);
  });

  it.each([
    { Body: "STOP" },
    { Body: "START" },
    { Body: "HELP" },
    { Body: "info" },
    { Body: "ayuda", OptOutType: "HELP" },
  ])("is left to Twilio where that answers: %j", async (changes) => {
    const { call } = await setUpHooks({ unmatchedReply }, unmatched);
    expect(await (await call(webhook("/inbound", form(1, changes)))).text()).toBe(empty);
  });

  it("is not said of one that has a session", async () => {
    const { call } = await setUpHooks({ unmatchedReply });
    expect(await (await call(webhook("/inbound", form(1)))).text()).toBe(empty);
  });
});
