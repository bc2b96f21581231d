import type { DeliveryEffect, Escalation, JsonObject, OutboundMessage } from "@hybrid-orchestrator/core";
import { hasEnded, maskJson } from "@hybrid-orchestrator/core";
import type { SessionWork } from "../decide/work.js";
import type { Runtime } from "../runtime.js";
import { type Call, callIn } from "./calls.js";
import { workerText } from "./texts.js";
import type { Acknowledgement, CallTokens } from "./tokens.js";

/** A longer proposal is read on the page. */
const longestProposal = 1_000;

/**
 * A call as it leaves: with buttons, a link, or the words to answer with, as its channel allows. The tokens are made now
 * and stored nowhere.
 */
export function withAnswers(
  runtime: Runtime,
  work: SessionWork,
  {
    effect,
    channel,
    message,
  }: { readonly effect: DeliveryEffect; readonly channel: string; readonly message: OutboundMessage },
): OutboundMessage {
  const tokens = runtime.callTokens;
  const call = tokens === null ? null : callIn(effect);
  const view = work.rulebook.hub.views().channels.get(channel);
  const { answers, maxLength } = view?.capabilities ?? {};
  if (tokens === null || call === null || view === undefined || answers === undefined) return message;
  const escalation = work.escalation(call.escalationId);
  if (escalation === undefined || hasEnded(escalation.status)) return message;
  const decides = escalation.kind === "approval";
  if (answers === "words") {
    // Whoever reads it is not known, and a link cannot ask.
    if (call.worker === null) return message;
    const lines = wordsFor(runtime, { tokens, call, decides, twoWay: view.capabilities.twoWay });
    return { ...message, content: fitting(message.content, lines, maxLength) };
  }
  const proposal = proposalIn(escalation);
  if (proposal === null) {
    const decline = call.worker === null ? [] : [button("decline")];
    return {
      ...message,
      metadata: { ...message.metadata, actions: [button("claim", "primary"), ...decline] },
    };
  }
  // Nobody allows by a button what they were not shown.
  const content = `${message.content}\n\n${proposal}`;
  const isShown = proposal.length <= longestProposal && content.length <= (maxLength ?? content.length);
  const actions = [...(isShown ? [button("approve", "primary")] : []), button("reject", "danger")];
  const lines =
    isShown || call.worker === null ? [] : wordsFor(runtime, { tokens, call, decides, twoWay: false });
  return {
    ...message,
    content: isShown ? content : fitting(message.content, lines, maxLength),
    metadata: { ...message.metadata, actions },
  };

  function button(action: Acknowledgement, style?: string): JsonObject {
    return {
      id: action,
      label: workerText(action, message.recipient.locale),
      value: tokens?.sign(action, effect).token ?? "",
      ...(style !== undefined && { style }),
    };
  }
}

/** What is to be allowed, with what is nobody's business masked; null where nothing is. */
export function proposalIn({ approval }: Escalation): string | null {
  return approval === null ? null : `${approval.tool} ${JSON.stringify(maskJson(approval.args))}`;
}

function wordsFor(
  { settings }: Runtime,
  {
    tokens,
    call,
    decides,
    twoWay,
  }: {
    readonly tokens: CallTokens;
    readonly call: Call;
    readonly decides: boolean;
    readonly twoWay: boolean;
  },
): string[] {
  const { locale } = call.delivery.delivery.message.recipient;
  const url = settings.escalation?.acknowledge?.url;
  const lines: string[] = [];
  if (url !== undefined) {
    const { token } = tokens.sign(decides ? "approve" : "claim", call.delivery);
    lines.push(workerText(decides ? "decideLink" : "claimLink", locale, { link: linkTo(url, token) }));
  }
  // What a machine is to do is not decided by a word that may be about something else.
  if (twoWay && !decides) lines.push(workerText("replyHint", locale));
  return lines;
}

function linkTo(url: string, token: string): string {
  return url.replace("{token}", () => token);
}

/** As many lines as there is room for, the last one first to go without: a call must not fail for its link. */
function fitting(content: string, lines: readonly string[], maxLength: number | undefined): string {
  for (const kept of [lines, lines.slice(-1)]) {
    const whole = [content, ...kept].join("\n\n");
    if (maxLength === undefined || whole.length <= maxLength) return whole;
  }
  return content;
}
