import type { Channel, OutboundMessage, Plugin } from "@hybrid-orchestrator/core";
import { createSecret } from "@hybrid-orchestrator/signatures";
import { describe, expect, it } from "vitest";
import { harness } from "./harness.js";

const path = "/hooks/escalations/acknowledge";

/** Ann, who gets mails with links, and a session with an open escalation. */
async function called(reason = "stuck") {
  const sent: OutboundMessage[] = [];
  const channel: Channel = {
    name: "mail",
    capabilities: {
      idempotent: true,
      twoWay: false,
      statusCallbacks: false,
      richText: false,
      audience: "worker",
      answers: "words",
    },
    async send(message) {
      sent.push(message);
      return { outcome: "sent" };
    },
  };
  const mail: Plugin = { specVersion: 1, name: "mail", setup: (host) => host.channel(channel) };
  const given = await harness({
    plugins: [mail],
    orchestrator: {
      escalation: {
        policies: {
          support: {
            levels: [{ targets: [{ queue: "support" }], waitSeconds: 600 }],
            onExhausted: { action: "back_to_ai" },
          },
        },
        acknowledge: {
          keys: [{ id: 1, secret: createSecret() }],
          url: `https://app.example${path}?token={token}`,
        },
      },
    },
  });
  const { orchestrator, clock, url } = given;
  for (const id of ["ann", "bob"]) {
    await orchestrator.workers.register({ id, name: id.toUpperCase(), queues: ["support"] });
    await orchestrator.workers.setPresence(id, "online");
  }
  const { id: session } = await orchestrator.createSession();
  const { id } = await orchestrator.escalations.open(session, { reason });
  await clock.advance(1_000);
  const linkOf = (worker: string) => {
    const message = sent.find(({ recipient }) => recipient.id === worker)?.content ?? "";
    const link = /https:\/\/app\.example(\S+)/.exec(message)?.[1] ?? "";
    return url + link;
  };
  const holder = async () => (await orchestrator.escalations.get(id)).holder?.worker ?? null;
  return { ...given, id, linkOf, holder };
}

/** Where a form of the page leads, by its button. */
function formOf(html: string, label: string, page: string): string {
  const found = [...html.matchAll(/<form method="post" action="([^"]+)"><p><button>([^<]+)<\/button>/g)];
  const action = found.find(([, , text]) => text === label)?.[1] ?? "";
  return new URL(action, page).href;
}

describe("the page of a link", () => {
  it("asks, and acts only when its button is pressed", async () => {
    const { linkOf, holder } = await called();
    const link = linkOf("ann");
    for (const method of ["GET", "HEAD", "GET"]) expect((await fetch(link, { method })).status).toBe(200);
    expect(await holder()).toBeNull();
    const html = await (await fetch(link)).text();
    expect(html).toContain("stuck");
    const pressed = await fetch(formOf(html, "I take it", link), { method: "POST" });
    expect([pressed.status, await pressed.text()]).toEqual([
      200,
      expect.stringContaining("You have it: stuck"),
    ]);
    expect(await holder()).toBe("ann");
  });

  it("says no as well", async () => {
    const { linkOf, orchestrator, id } = await called();
    const link = linkOf("ann");
    const html = await (await fetch(link)).text();
    expect((await fetch(formOf(html, "Not me", link), { method: "POST" })).status).toBe(200);
    expect((await orchestrator.escalations.get(id)).skipped).toMatchObject([{ worker: "ann" }]);
  });

  it("tells who has it, to whoever comes second, and offers nothing to press", async () => {
    const { linkOf, holder } = await called();
    expect((await fetch(linkOf("bob"), { method: "POST" })).status).toBe(200);
    const looked = await fetch(linkOf("ann"));
    const html = await looked.text();
    expect([looked.status, html]).toEqual([409, expect.stringContaining("BOB has it already.")]);
    expect(html).not.toContain("<form");
    const pressed = await fetch(linkOf("ann"), { method: "POST" });
    expect([pressed.status, await pressed.text()]).toEqual([409, expect.stringContaining("BOB (bob) has")]);
    expect((await fetch(linkOf("bob"), { method: "POST" })).status).toBe(404);
    expect(await holder()).toBe("bob");
  });

  it("takes no token that is forged, and none at all", async () => {
    const { url, holder } = await called();
    for (const token of ["?token=nonsense", "?token=", "", "?token=%00"])
      for (const method of ["GET", "POST"])
        expect((await fetch(`${url}${path}${token}`, { method })).status).toBe(404);
    expect(await holder()).toBeNull();
  });

  it("runs no script, loads nothing, is framed by nobody, kept nowhere, and tells nobody its address", async () => {
    const { linkOf } = await called(`</p><script>alert("&")</script>`);
    const response = await fetch(linkOf("ann"));
    const html = await response.text();
    expect(html).not.toContain("<script");
    expect(html).toContain("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  });

  it("is there without keys for nobody, and asks to come again while nothing runs", async () => {
    const { url } = await harness({ orchestrator: { escalation: {} } });
    expect((await fetch(`${url}${path}?token=x`)).status).toBe(404);
    const { linkOf, orchestrator } = await called();
    const link = linkOf("ann");
    await orchestrator.stop();
    expect((await fetch(link)).status).toBe(503);
  });
});
