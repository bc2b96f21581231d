import { describe, expect, it } from "vitest";
import { startSmtp } from "../../mail/test/support/smtp.js";
import { atEnd, headerOf, send, setUp, smtpConfig } from "./harness.js";

async function mailWithLink() {
  const smtp = await startSmtp();
  atEnd(() => smtp.close());
  const up = await setUp(smtpConfig(smtp.port, { publicUrl: "https://hooks.example.com" }));
  await send(up.channel);
  const url = headerOf(smtp.taken[0]?.raw ?? "", "List-Unsubscribe").slice(1, -1);
  async function call(method: "GET" | "POST", to = url): Promise<Response> {
    const route = up.recording.routes.find((candidate) => candidate.method === method);
    if (route === undefined) throw new Error("There is no such route.");
    return route.handle(new Request(to, { method }));
  }
  return { ...up, url, call };
}

describe("the unsubscribe link", () => {
  it("opts its address out with one click, and not by being looked at", async () => {
    const { call, recording } = await mailWithLink();
    const looked = await call("GET");
    expect(looked.status).toBe(200);
    expect(await looked.text()).toContain("<form");
    expect(recording.received).toEqual([]);
    expect((await call("POST")).status).toBe(200);
    expect(recording.received).toEqual([
      {
        channel: "email",
        externalId: expect.stringMatching(/^unsubscribe:/),
        from: "ada@example.com",
        text: "",
        intent: "opt_out",
      },
    ]);
  });

  it("does nothing with a token that is missing or forged", async () => {
    const { call, url, recording } = await mailWithLink();
    for (const to of [url.replace(/token=..../, "token=AAAA"), url.split("?")[0] ?? ""]) {
      expect((await call("POST", to)).status).toBe(404);
      expect((await call("GET", to)).status).toBe(404);
    }
    expect(recording.received).toEqual([]);
  });
});
