import { basename, extname } from "node:path";
import {
  type EscalationPolicy,
  errorMessage,
  OrchestratorError,
  scheduleSchema,
  suggestName,
} from "@hybrid-orchestrator/core";
import { type PolicyDirectory, readPolicy, type Staff } from "@hybrid-orchestrator/escalation";
import { parse } from "yaml";
import { readText } from "./files.js";

/** YAML, of which JSON is a part. @throws OrchestratorError `not_found`, `invalid_configuration` */
export async function readYaml(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return parse(text, { prettyErrors: false }) as unknown;
  } catch (error) {
    throw new OrchestratorError(
      "invalid_configuration",
      `${path} is not valid YAML: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

/**
 * The policies of a file: one, which is named after the file, or several by name under `policies`, as in the option
 * `escalation` of an orchestrator.
 * @throws OrchestratorError `not_found`, `invalid_configuration`
 */
export async function readPolicies(path: string): Promise<ReadonlyMap<string, EscalationPolicy>> {
  const value = await readYaml(path);
  const several = membersOf(value).policies;
  const given: Record<string, unknown> =
    several === undefined ? { [basename(path, extname(path))]: value } : membersOf(several);
  const policies = new Map(Object.entries(given).map(([name, input]) => [name, readPolicy(input, name)]));
  if (policies.size > 0) return policies;
  throw new OrchestratorError("invalid_configuration", `${path} has no policies.`);
}

/** @throws OrchestratorError `unknown_name`, `invalid_argument` */
export function choosePolicy(
  policies: ReadonlyMap<string, EscalationPolicy>,
  name: string | undefined,
): readonly [string, EscalationPolicy] {
  const names = [...policies.keys()];
  const chosen = name ?? (names.length === 1 ? names[0] : undefined);
  if (chosen === undefined)
    throw new OrchestratorError(
      "invalid_argument",
      `Say which policy with --policy: ${names.sort().join(", ")}.`,
    );
  const policy = policies.get(chosen);
  if (policy !== undefined) return [chosen, policy];
  throw new OrchestratorError("unknown_name", `No policy is named ${chosen}${suggestName(chosen, names)}`);
}

/** Whom a policy may name. Channels, and without a staff everybody, are taken as the policy names them. */
export function directoryOf({ levels }: EscalationPolicy, staff: Staff | null): PolicyDirectory {
  const targets = levels.flatMap((level) => [...level.targets, ...level.fallback]);
  const channels = targets.flatMap((target) => ("channel" in target ? [target.channel] : []));
  if (staff !== null) {
    const workers = [...staff.workers.values()];
    return {
      workers: workers.map(({ id }) => id),
      roles: workers.flatMap(({ roles }) => roles),
      queues: workers.flatMap(({ queues }) => queues),
      channels,
      schedules: staff.schedules,
    };
  }
  return {
    workers: [somebody, ...targets.flatMap((target) => ("worker" in target ? [target.worker] : []))],
    roles: targets.flatMap((target) => ("role" in target ? [target.role] : [])),
    queues: targets.flatMap((target) => ("queue" in target ? [target.queue] : [])),
    channels,
    schedules: Object.fromEntries(
      targets.flatMap((target) => ("schedule" in target ? [[target.schedule, atAnyTime]] : [])),
    ),
  };
}

const somebody = "somebody";
const atAnyTime = scheduleSchema.parse({
  timeZone: "UTC",
  shifts: [{ workers: [somebody], startsOn: "1970-01-01" }],
});

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
