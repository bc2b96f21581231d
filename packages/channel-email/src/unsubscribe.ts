import type { PluginHost, Route } from "@hybrid-orchestrator/core";
import { signedTokens } from "@hybrid-orchestrator/signatures";
import type { SenderSettings } from "./config.js";

const purpose = "mail-unsubscribe";
const dayMs = 86_400_000;

export interface Unsubscribe {
  /** The headers of RFC 2369 and RFC 8058 for a mail to this address. */
  headersFor(address: string, writtenAt: number): Readonly<Record<string, string>>;
  routes(host: Pick<PluginHost, "receive" | "clock">): Route[];
}

/** A link that opts an address out with one click. Undefined without `publicUrl`. */
export function unsubscribe(settings: SenderSettings, name: string): Unsubscribe | undefined {
  const { publicUrl, tokenKeys, tokenDays } = settings;
  if (publicUrl === undefined) return undefined;
  const tokens = signedTokens({ keys: tokenKeys });
  const page = `${publicUrl}/hooks/${encodeURIComponent(name)}/unsubscribe`;

  return {
    headersFor(address, writtenAt) {
      const token = tokens.sign({ purpose, subject: address, expiresAt: writtenAt + tokenDays * dayMs });
      return {
        "List-Unsubscribe": `<${page}?token=${token}>`,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      };
    },
    routes({ receive, clock }) {
      const verdictOn = (request: Request) =>
        tokens.verify(new URL(request.url).searchParams.get("token") ?? "", { purpose, now: clock.now() });
      return [
        {
          method: "GET",
          path: "/unsubscribe",
          // Looking must change nothing: mail scanners open every link.
          handle: async (request) =>
            verdictOn(request).ok
              ? answer(200, '<form method="post"><button>Unsubscribe</button></form>')
              : answer(404, "<p>This link is not valid any more.</p>"),
        },
        {
          method: "POST",
          path: "/unsubscribe",
          async handle(request) {
            const verdict = verdictOn(request);
            if (!verdict.ok) return answer(404, "<p>This link is not valid any more.</p>");
            await receive({
              channel: name,
              externalId: `unsubscribe:${verdict.id}`,
              from: verdict.subject,
              text: "",
              intent: "opt_out",
            });
            return answer(200, "<p>You will get no more mail from us.</p>");
          },
        },
      ];
    },
  };
}

function answer(status: number, body: string): Response {
  return new Response(`<!doctype html><meta charset="utf-8"><title>Unsubscribe</title>${body}`, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; form-action 'self'",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  });
}
