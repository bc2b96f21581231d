import { resolve } from "node:path";
import { OrchestratorError, parseJson } from "@hybrid-orchestrator/core";
import { parseTriggers } from "@hybrid-orchestrator/triggers";
import { type Context, looking, selfContained } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { readText } from "../files.js";
import { moment } from "../output.js";
import { startProgress } from "../progress.js";
import { readRecording } from "../replay/read-recording.js";
import type { Recording } from "../replay/recording.js";
import { recordingSchema } from "../replay/recording-schema.js";
import { compare, type ReplayOptions, replay } from "../replay/replay.js";

interface ReplayCommandOptions {
  /** A session's id, or a file that ends in .json. */
  readonly session: string;
  readonly triggers?: string;
}

/** Tells what would fire, and how that differs from what did. */
export async function replaySession(context: Context, options: ReplayCommandOptions): Promise<ExitCode> {
  const { io, out, json } = context;
  const { recording, left } = options.session.endsWith(".json")
    ? { recording: await readRecordingFile(resolve(io.cwd, options.session)), left: [] }
    : await looking(context, (orchestrator, config) =>
        readRecording(orchestrator, config, { context, session: options.session }),
      );
  const rules = options.triggers === undefined ? {} : await readRules(resolve(io.cwd, options.triggers));
  const progress = startProgress(context, "replaying", recording.activities.length);
  const fired = await replay(recording, { ...rules, onProgress: (done) => progress.update(done) }).finally(
    () => progress.end(),
  );
  const { same, added, missing } = compare(
    recording.firings.filter(({ trigger }) => !left.includes(trigger)),
    fired,
  );
  const differs = added.length + missing.length > 0;
  out.document({
    session: recording.session.id,
    activities: recording.activities.length,
    same,
    added,
    missing,
    notReplayed: left,
  });
  out.line(
    `${recording.activities.length} activities, ${fired.length} firings, ${recording.firings.length} before`,
  );
  for (const { trigger, firedAt, reason } of same) out.line(`  = ${moment(firedAt)}  ${trigger}: ${reason}`);
  for (const { trigger, firedAt, reason } of added) out.line(`  + ${moment(firedAt)}  ${trigger}: ${reason}`);
  for (const { trigger, firedAt } of missing) out.line(`  - ${moment(firedAt)}  ${trigger}`);
  if (left.length > 0 && !json)
    out.note(`not replayed, since a plugin has their conditions: ${left.join(", ")}`);
  out.line(differs ? "It differs: + fires now, - fired then." : "Nothing differs.");
  return differs ? exitCodes.differs : exitCodes.done;
}

async function readRules(path: string): Promise<ReplayOptions> {
  const { triggers, maxFiresPerSession } = parseTriggers(await readText(path));
  return { triggers: selfContained(triggers), maxFiresPerSession };
}

async function readRecordingFile(path: string): Promise<Recording> {
  const result = recordingSchema.safeParse(parseJson(await readText(path)));
  if (result.success) return result.data as unknown as Recording;
  throw new OrchestratorError("invalid_argument", `${path} is no recording that export has written.`);
}
