import { resolve } from "node:path";
import { type Context, looking } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { writeNew } from "../files.js";
import { fileNameOf, fixture, writable } from "../replay/fixture.js";
import { readRecording } from "../replay/read-recording.js";
import type { Recording } from "../replay/recording.js";
import { redactRecording } from "../replay/redact.js";

interface ExportOptions {
  readonly session: string;
  readonly redact?: boolean;
  readonly out?: string;
  readonly force?: boolean;
}

/** Writes a session as a test, with the rules that can be written down and what they fired. */
export async function exportSession(context: Context, options: ExportOptions): Promise<ExitCode> {
  const { io, out } = context;
  const { redact = false, force } = options;
  const { recording: whole, left } = await looking(context, (orchestrator, config) =>
    readRecording(orchestrator, config, { context, session: options.session }),
  );
  const triggers = writable(whole.triggers);
  const names = new Set(triggers.map(({ name }) => name));
  const mine = { ...whole, triggers, firings: whole.firings.filter(({ trigger }) => names.has(trigger)) };
  const recording: Recording = redact ? redactRecording(mine) : mine;
  const leftOut = [...left, ...whole.triggers.map(({ name }) => name).filter((name) => !names.has(name))];
  const path = resolve(io.cwd, options.out ?? fileNameOf(recording.session.id));
  const text = path.endsWith(".json") ? `${JSON.stringify(recording, null, 2)}\n` : fixture(recording);
  // It holds what people did: nobody else's to read.
  await writeNew(path, text, { force, mode: 0o600 });
  const { activities, firings } = recording;
  out.document({
    path,
    redacted: redact,
    activities: activities.length,
    firings: firings.length,
    triggersLeftOut: leftOut,
  });
  out.line(`wrote ${path}: ${activities.length} activities, ${firings.length} firings`);
  if (leftOut.length > 0) out.note(`left out, since functions or plugins decide: ${leftOut.join(", ")}`);
  if (!redact) out.note("It holds personal data as it was recorded. Pass --redact to leave that out.");
  return exitCodes.done;
}
