import type { OutboundMessage, Urgency } from "@hybrid-orchestrator/core";

// ANSI SGR codes: bright red, yellow, default, grey.
const colors: Record<Urgency, string> = { critical: "91", high: "33", normal: "39", low: "90" };

/** A message as lines for people. Nothing is masked. */
export function formatMessage(message: OutboundMessage, { color }: { readonly color: boolean }): string[] {
  const { id, createdAt, recipient, urgency, audience, content, subject, trigger, reason, metadata } =
    message;
  const heading = `[${urgency}] message ${printable(id)} at ${new Date(createdAt).toISOString()}`;
  const lines = [
    color ? `\u001b[${colors[urgency]}m${heading}\u001b[0m` : heading,
    field("to", `${printable(recipient.name ?? recipient.id)} (${audience} ${printable(recipient.id)})`),
  ];
  if (subject !== undefined) lines.push(field("subject", printable(subject)));
  lines.push(
    ...printable(content)
      .split("\n")
      .map((line, index) => field(index === 0 ? "text" : "", line)),
  );
  if (trigger !== undefined)
    lines.push(field("because", printable(reason === undefined ? trigger : `${trigger}: ${reason}`)));
  if (Object.keys(metadata).length > 0) lines.push(field("metadata", printable(JSON.stringify(metadata))));
  return lines;
}

function field(name: string, value: string): string {
  return `  ${name.padEnd(9)} ${value}`.trimEnd();
}

/** Without control characters, by which a text could take over the terminal. Line breaks stay. */
function printable(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}
