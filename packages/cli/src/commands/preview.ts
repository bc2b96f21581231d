import { checkTemplate, renderMessage } from "@hybrid-orchestrator/channel-hub";
import { loadConfig } from "@hybrid-orchestrator/config";
import type { NewMessage, Session } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import type { Context } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { addressee, type MessageOptions, messageOf } from "../message.js";
import { moment } from "../output.js";

/** Which channels a message would take now, why each other one would not be, and how it would read. */
export async function preview({ io, out, loadOptions }: Context, options: MessageOptions): Promise<ExitCode> {
  const to = addressee(options);
  const { options: configured } = await loadConfig(loadOptions);
  await using orchestrator = createOrchestrator({
    ...configured,
    // For somebody without a session nothing is written into the real database.
    ...("recipient" in to && { storage: sqliteStorage({ path: ":memory:" }) }),
    clock: io.clock,
  });
  const ref =
    "session" in to ? to.session : (await orchestrator.createSession({ recipient: to.recipient })).id;
  const message = messageOf(options);
  const { steps, skips, withheld, waits } = await orchestrator.preview(ref, message);
  const { text, missing, mistakes } = render(await orchestrator.getSession(ref), message);
  out.document({ steps, skips, withheld, waits, text, missing, mistakes });
  if (withheld !== null) out.line(`It would not leave: ${withheld}`);
  if (waits !== null) out.line(`It would wait for ${waits.channel} until ${moment(waits.until)}`);
  for (const [index, { channel, chosenBy }] of steps.entries())
    out.line(`${index + 1}. ${channel} (${chosenBy})`);
  for (const { channel, reason } of skips) out.line(`-  not ${channel}: ${reason}`);
  out.line();
  out.line(text);
  for (const mistake of mistakes) out.note(mistake);
  if (missing.length > 0) out.note(`empty, since the session has none: ${missing.join(", ")}`);
  return withheld === null && (steps.length > 0 || waits !== null) ? exitCodes.done : exitCodes.differs;
}

function render(session: Session, { content, template = false }: NewMessage) {
  const { recipient, metadata, id, workflow, status } = session;
  const missing: string[] = [];
  const text = renderMessage(content, {
    template,
    ...(recipient?.locale !== undefined && { locale: recipient.locale }),
    ...(recipient?.timeZone !== undefined && { timeZone: recipient.timeZone }),
    variables: {
      ...metadata,
      id,
      workflow,
      status,
      name: recipient?.name ?? "",
      trigger: "",
      reason: "",
      // Made when it leaves.
      resumeLink: "https://…",
      resume_link: "https://…",
    },
    onMissing: (name) => missing.push(name),
  });
  const mistakes = template ? checkTemplate(content).map(({ message }) => message) : [];
  return { text, missing, mistakes };
}
