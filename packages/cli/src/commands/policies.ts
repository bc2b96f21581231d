import { resolve } from "node:path";
import { formatPath } from "@hybrid-orchestrator/core";
import {
  formatSimulation,
  lintPolicy,
  momentOf,
  readStaff,
  type Script,
  simulatePolicy,
} from "@hybrid-orchestrator/escalation";
import type { Context } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { choosePolicy, directoryOf, readPolicies, readYaml } from "../policies.js";

interface LintOptions {
  readonly file: string;
  readonly workers?: string;
}

/** What a policy's schema cannot see. Only errors are mistakes for whoever asks for the exit code. */
export async function lintPolicies({ io, out }: Context, options: LintOptions): Promise<ExitCode> {
  const policies = await readPolicies(resolve(io.cwd, options.file));
  const staff =
    options.workers === undefined ? null : readStaff(await readYaml(resolve(io.cwd, options.workers)));
  const now = io.clock.now();
  const linted = [...policies].map(([name, policy]) => ({
    name,
    findings: lintPolicy(policy, directoryOf(policy, staff), { now }),
  }));
  const all = linted.flatMap(({ findings }) => findings);
  const ok = all.every(({ severity }) => severity !== "error");
  out.document({
    ok,
    policies: linted.map(({ name, findings }) => ({
      name,
      findings: findings.map((finding) => ({ ...finding, path: formatPath(finding.path) })),
    })),
  });
  for (const { name, findings } of linted) {
    out.line(`${name}: ${findings.length === 0 ? "nothing found" : `${findings.length} found`}`);
    for (const { severity, code, path, message } of findings)
      out.line(`  ${severity} ${formatPath(path)}: ${message} (${code})`);
  }
  if (staff === null && !out.json)
    out.note("Names of people and schedules are taken as they stand: pass --workers to have them checked.");
  return ok ? exitCodes.done : exitCodes.badInput;
}

interface SimulateOptions {
  readonly file: string;
  readonly at?: string;
  readonly timeZone: string;
  readonly locale: string;
  readonly policy?: string;
  readonly workers?: string;
  readonly script?: string;
}

/** What happens minute by minute, with the people of a file, who do what another file says. */
export async function simulate({ io, out }: Context, options: SimulateOptions): Promise<ExitCode> {
  const { timeZone, locale } = options;
  const [name, policy] = choosePolicy(await readPolicies(resolve(io.cwd, options.file)), options.policy);
  const read = async (file: string | undefined) =>
    file === undefined ? undefined : await readYaml(resolve(io.cwd, file));
  const script = (await read(options.script)) as Script | undefined;
  const simulation = simulatePolicy(policy, {
    policyName: name,
    staff: readStaff((await read(options.workers)) ?? {}),
    startAt: options.at === undefined ? io.clock.now() : momentOf(options.at, timeZone),
    ...(script !== undefined && { script }),
  });
  out.document(simulation);
  if (!out.json) out.line(formatSimulation(simulation, { timeZone, locale }));
  return exitCodes.done;
}
