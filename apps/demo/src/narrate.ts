import type { Owner } from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";

/** Prints what happens inside, as it is committed. */
export function narrate(
  orchestrator: Orchestrator,
  print: (line: string) => void,
  nameOf: (sessionId: string | null) => string,
): void {
  orchestrator.on("trigger.fired", ({ sessionId, data }) => {
    print(
      `  ! ${time(data.firedAt)} ${nameOf(sessionId)}trigger ${data.trigger} fired (${data.ordinal}): ${data.reason}`,
    );
  });
  orchestrator.on("agent.decided", ({ data }) => {
    const said = data.decision.message === undefined ? "" : `: "${data.decision.message}"`;
    print(
      `  * agent ${data.agent} decided ${data.decision.action}${said} (confidence ${data.decision.confidence})`,
    );
  });
  orchestrator.on("agent.failed", ({ data }) => print(`  * agent failed: ${data.error}`));
  orchestrator.on("escalation.requested", ({ data }) =>
    print(`  ! a human is wanted, says ${data.requestedBy}: ${data.reason}`),
  );
  orchestrator.on("escalation.opened", ({ data }) => print(`  ! escalation ${data.escalationId} is open`));
  orchestrator.on("escalation.claimed", ({ data }) => print(`  * ${data.worker} has claimed it`));
  orchestrator.on("escalation.handed_back", ({ data }) =>
    print(`  * ${data.worker} hands back: ${data.reason ?? ""}`),
  );
  orchestrator.on("session.owner_changed", ({ data }) =>
    print(`  . the session is ${ownerText(data.to)} now (${data.reason})`),
  );
  orchestrator.on("session.status_changed", ({ sessionId, data }) => {
    print(
      `  . ${nameOf(sessionId)}status ${data.from} -> ${data.to}${data.reason === null ? "" : ` (${data.reason})`}`,
    );
  });
  orchestrator.on("delivery.failed", ({ data }) =>
    print(`  x message not delivered: ${data.reason ?? "no reason given"}`),
  );
  orchestrator.on("trigger.error", ({ data }) => print(`  x rule ${data.trigger} failed: ${data.error}`));
}

function ownerText(owner: Owner): string {
  switch (owner.kind) {
    case "ai":
      return `agent ${owner.agent}'s`;
    case "human":
      return `${owner.worker}'s`;
    case "nobody":
      return "nobody's";
  }
}

function time(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
