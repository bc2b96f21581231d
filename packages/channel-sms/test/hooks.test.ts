import { OrchestratorError } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { inboundForm, publicUrl, setUpHooks, statusForm, webhook } from "./harness.js";
import { accountSid, apiKey, authToken } from "./twilio-server.js";

describe("a hook", () => {
  it.each(["/inbound", "/status"])(
    "%s takes what is signed, under the public URL whatever the server sees",
    async (path) => {
      const { call, recording } = await setUpHooks();
      const signed = webhook(path, { ...inboundForm(), ...statusForm("sent") });
      const seen = new Request(`http://10.0.0.7:8080/in/hooks/sms${path}`, signed);
      expect((await call(seen)).status).toBe(200);
      expect(recording.received.length + recording.reports.length).toBe(1);
    },
  );

  it("goes by the request's own URL where no public one is configured", async () => {
    const { call, recording } = await setUpHooks({ publicUrl: undefined });
    const url = "https://elsewhere.example.com/hooks/sms/inbound";
    expect((await call(webhook("/inbound", inboundForm(), { url }))).status).toBe(200);
    expect(recording.received).toHaveLength(1);
  });

  it("takes what the old token signed while it is rotated", async () => {
    const { call } = await setUpHooks({ authToken: ["the_next_token", authToken] });
    expect((await call(webhook("/inbound", inboundForm()))).status).toBe(200);
    const next = webhook("/inbound", inboundForm(), { token: "the_next_token" });
    expect((await call(next)).status).toBe(200);
  });

  it.each<[string, () => Request, number]>([
    ["another token", () => webhook("/inbound", inboundForm(), { token: "wrong" }), 401],
    ["another URL", () => rerouted(webhook("/status", inboundForm())), 401],
    ["a body that was changed", () => changed(webhook("/inbound", inboundForm()), "Body=STOP"), 401],
    [
      "no signature",
      () => new Request(`${publicUrl}/hooks/sms/inbound`, { method: "POST", body: "a=b" }),
      401,
    ],
    ["a body that is no form", () => changed(webhook("/inbound", {}), "{}", "application/json"), 401],
    ["a body that is too large", () => webhook("/inbound", inboundForm({ Body: "x".repeat(70_000) })), 413],
  ])("refuses %s", async (_, request, status) => {
    const { call, recording, logged } = await setUpHooks();
    expect((await call(request())).status).toBe(status);
    expect([...recording.received, ...recording.reports]).toEqual([]);
    expect(logged()).toContain("refused a request");
  });

  it("hands in once what comes twice, and answers as before", async () => {
    const { call, recording } = await setUpHooks();
    const answers = [
      await call(webhook("/inbound", inboundForm())),
      await call(webhook("/inbound", inboundForm())),
    ];
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(texts[0]).toBe(texts[1]);
    expect(answers.map(({ status, headers }) => [status, headers.get("content-type")])).toEqual([
      [200, "text/xml; charset=utf-8"],
      [200, "text/xml; charset=utf-8"],
    ]);
    await call(webhook("/status", statusForm("sent")));
    expect((await call(webhook("/status", statusForm("sent")))).status).toBe(200);
    expect([recording.received.length, recording.reports.length]).toEqual([1, 1]);
  });

  it("takes the next try of what could not be written down", async () => {
    let failures = 1;
    const { call, recording } = await setUpHooks({}, () => {
      failures -= 1;
      if (failures >= 0) throw new OrchestratorError("storage_busy", "The database is locked.");
      return { status: "recorded", sessionId: "session" };
    });
    await expect(call(webhook("/inbound", inboundForm()))).rejects.toThrow("locked");
    expect((await call(webhook("/inbound", inboundForm()))).status).toBe(200);
    expect(recording.received).toHaveLength(2);
  });

  it("logs no number, text or secret, whatever comes", async () => {
    const { call, logged } = await setUpHooks();
    const Body = "the private text";
    const requests = [
      webhook("/inbound", inboundForm({ Body })),
      webhook("/inbound", inboundForm({ Body, MessageSid: "" })),
      webhook("/inbound", inboundForm({ Body }), { token: "wrong" }),
      changed(webhook("/status", statusForm("failed")), `Body=${Body}&From=%2B14155550123`),
    ];
    for (const request of requests) await call(request);
    expect(logged()).not.toBe("");
    for (const secret of [
      "4155550123",
      "5550199",
      Body,
      accountSid,
      authToken,
      apiKey.secret,
      "x-twilio-signature:",
    ])
      expect(logged()).not.toContain(secret);
  });
});

function changed(request: Request, body: string, type = "application/x-www-form-urlencoded"): Request {
  const headers = new Headers(request.headers);
  headers.set("content-type", type);
  return new Request(request.url, { method: "POST", headers, body });
}

/** The request to /status, sent to /inbound. */
function rerouted(request: Request): Request {
  return new Request(request.url.replace("/status", "/inbound"), request);
}
