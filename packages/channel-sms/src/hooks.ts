import type { PluginHost, Route } from "@hybrid-orchestrator/core";
import {
  type Accepted,
  handleSigned,
  type SeenIds,
  seenIds,
  twilioVerifier,
  type Verifier,
} from "@hybrid-orchestrator/signatures";
import type { SmsSettings } from "./config.js";
import { readInbound } from "./inbound.js";
import { hookUrl } from "./request.js";
import { readStatus } from "./status.js";
import { twiml } from "./twiml.js";

const maxBytes = 64 * 1024;
const dayMs = 86_400_000;

/** The routes that Twilio calls. They answer with 200 to all that it signed, else it notes an error of ours. */
export function hooks(host: PluginHost, settings: SmsSettings): Route[] {
  const replied = seenIds({ windowMs: dayMs, maxIds: 50_000 });
  const { logger, clock } = host;

  function route(
    path: string,
    { nothing, handle }: { nothing: () => Response; handle: (request: Accepted) => Promise<Response> },
  ): Route {
    const verify = verifierFor(settings, path);
    // Several for each message, and what finds no room is answered with 503; 500,000 take about 50 MB.
    const seen = seenIds({ maxIds: 500_000 });
    return {
      method: "POST",
      path,
      handle: (request) =>
        handleSigned(
          request,
          {
            verify,
            now: clock.now(),
            maxBytes,
            seenIds: seen,
            signal: request.signal,
            onRefused: ({ reason, detail }) =>
              logger.warn("refused a request to a hook of the SMS channel", { path, reason, detail }),
            onReplayed: () => nothing(),
          },
          handle,
        ),
    };
  }

  async function inbound({ body }: Accepted): Promise<Response> {
    const read = readInbound(new URLSearchParams(body), settings);
    if (read === undefined) {
      logger.warn("a request to /inbound of the SMS channel holds no message");
      return twiml();
    }
    const { message, answeredByTwilio } = read;
    const received = await host.receive(message);
    const { unmatchedReply } = settings;
    if (received.status !== "unmatched" || answeredByTwilio || unmatchedReply === undefined) return twiml();
    // Two machines that answer each other would go on for ever.
    return twiml(mayReply(replied, message.from, clock.now()) ? unmatchedReply : undefined);
  }

  async function status({ body, request }: Accepted): Promise<Response> {
    const deliveryId = new URL(request.url).searchParams.get("delivery");
    const report = readStatus(new URLSearchParams(body), { channel: settings.name, deliveryId });
    if (report !== undefined) await host.reportStatus(report);
    return nothingMore();
  }

  return [
    route("/inbound", { nothing: twiml, handle: inbound }),
    route("/status", { nothing: nothingMore, handle: status }),
  ];
}

/** Twilio signs the URL that it was given, which is not what a server behind a proxy sees. */
function verifierFor(settings: SmsSettings, path: string): Verifier {
  const verify = twilioVerifier(settings.authToken);
  const url = hookUrl(settings, path);
  if (url === undefined) return verify;
  return (request, now) => verify({ ...request, url: url + new URL(request.url).search }, now);
}

function mayReply(replied: SeenIds, from: string | undefined, now: number): boolean {
  if (from === undefined || replied.claim(from, now) !== "new") return false;
  replied.settle(from, true);
  return true;
}

function nothingMore(): Response {
  return new Response(null, { status: 200 });
}
