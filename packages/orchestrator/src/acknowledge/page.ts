import { type Escalation, maskText, OrchestratorError, type Route } from "@hybrid-orchestrator/core";
import type { Acknowledgements, TokenView } from "../api/acknowledgements.js";
import type { Runtime } from "../runtime.js";
import { proposalIn } from "./outbound.js";
import { stateText } from "./state-text.js";
import { type WorkerText, workerText } from "./texts.js";
import type { Acknowledgement } from "./tokens.js";
import { localeOf } from "./why-not.js";

/** Where the server mounts it; no plugin of that name can bring routes of the same address. */
const plugin = "escalations";
const path = "/acknowledge";

type BuiltIn = Route & { readonly plugin: string };

/**
 * The page that a link leads to. Looking changes nothing, since mail scanners open every link: it asks, and only the
 * button acts. Without scripts.
 */
export function acknowledgeRoutes(
  runtime: Runtime,
  acknowledgements: Acknowledgements,
  ready: () => Promise<void>,
): BuiltIn[] {
  async function asked(token: string): Promise<Response> {
    const view = await acknowledgements.read(token);
    const locale = localeOf(runtime, view.worker);
    if (view.refused !== null) return page(409, locale, { says: whyRefused(runtime, view, locale) });
    const forms = [];
    for (const action of actionsBeside(view.action))
      forms.push({
        label: workerText(action, locale),
        token: action === view.action ? token : await acknowledgements.sibling(token, action),
      });
    return page(200, locale, { says: about(view.escalation), forms });
  }

  async function pressed(token: string): Promise<Response> {
    const { escalation, action, worker } = await acknowledgements.acknowledge(token, {});
    const reason = maskText(escalation.question ?? escalation.reason);
    const locale = localeOf(runtime, worker);
    return page(200, locale, { says: doneText(action, locale, { reason }) });
  }

  const guarded = (handle: (token: string) => Promise<Response>) => async (request: Request) => {
    await ready();
    const token = new URL(request.url).searchParams.get("token") ?? "";
    try {
      return await handle(token);
    } catch (error) {
      if (!OrchestratorError.isInstance(error) || !(error.code in statuses)) throw error;
      return page(statuses[error.code as keyof typeof statuses], undefined, { says: error.message });
    }
  };

  return [
    { plugin, method: "GET", path, handle: guarded(asked) },
    { plugin, method: "POST", path, handle: guarded(pressed) },
  ];
}

/** What is told to whoever clicked; anything else is a failure of ours and told by the server. */
const statuses = {
  invalid_token: 404,
  escalation_taken: 409,
  escalation_ended: 410,
  stale_epoch: 409,
  no_capacity: 409,
  not_eligible: 403,
  approval_mismatch: 409,
  invalid_argument: 400,
} as const;

function actionsBeside(action: Acknowledgement): Acknowledgement[] {
  return action === "claim" || action === "decline" ? ["claim", "decline"] : ["approve", "reject"];
}

const done: Readonly<Record<Acknowledgement, WorkerText>> = {
  claim: "claimedHere",
  decline: "declined",
  approve: "approved",
  reject: "rejected",
};

function doneText(
  action: Acknowledgement,
  locale: string | undefined,
  values: Readonly<Record<string, string>>,
): string {
  return workerText(done[action], locale, values);
}

function about(escalation: Escalation): string {
  const { reason, question, suggestedHumanAction } = escalation;
  const proposal = proposalIn(escalation);
  const advice = suggestedHumanAction === null ? "" : ` (${suggestedHumanAction})`;
  return `${maskText(question ?? reason)}${maskText(advice)}${proposal === null ? "" : ` – ${proposal}`}`;
}

function whyRefused(
  runtime: Runtime,
  { refused, escalation, worker }: TokenView,
  locale: string | undefined,
): string {
  const staff = runtime.directory.staff();
  const other = refused === null || refused === "taken" || refused === "ended" ? "stale" : refused;
  return stateText(escalation, { worker, staff, locale }) ?? workerText(other, locale);
}

interface Content {
  readonly says: string;
  readonly forms?: readonly { readonly label: string; readonly token: string }[];
}

function page(status: number, locale: string | undefined, { says, forms = [] }: Content): Response {
  const buttons = forms
    .map(
      ({ label, token }) =>
        `<form method="post" action="?token=${encodeURIComponent(token)}"><p><button>${escaped(label)}</button></p></form>`,
    )
    .join("");
  const html = `<!doctype html><html lang="${escaped(locale ?? "en")}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>Escalation</title><main><p>${escaped(says)}</p>${buttons}</main></html>`;
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      // Nothing is loaded, nobody can frame it, and the address with its token goes nowhere.
      "content-security-policy":
        "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  });
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
