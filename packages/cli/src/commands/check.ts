import { checkConfig, tellProblem } from "@hybrid-orchestrator/config";
import { formatPath } from "@hybrid-orchestrator/core";
import type { Context } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";

interface CheckOptions {
  readonly print?: boolean;
  readonly schema?: boolean;
}

export async function check(
  { io, out, json, loadOptions }: Context,
  { print, schema }: CheckOptions,
): Promise<ExitCode> {
  const { path, problems, printable, jsonSchema } = await checkConfig(loadOptions);
  if (schema === true) {
    io.stdout(`${JSON.stringify(jsonSchema, null, 2)}\n`);
    return exitCodes.done;
  }
  const ok = problems.length === 0;
  out.document({
    ok,
    path,
    problems: problems.map((each) => ({ ...each, path: formatPath(each.path) })),
    ...(print === true && { configuration: printable }),
  });
  if (print === true) out.line(JSON.stringify(printable, null, 2));
  if (ok) out.line(`${path}: no mistakes`);
  else if (!json) {
    const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
    out.note(
      [`${path ?? "configuration"}: ${count}`, ...problems.map((each) => `  ${tellProblem(each)}`)].join(
        "\n",
      ),
    );
  }
  return ok ? exitCodes.done : exitCodes.badInput;
}
