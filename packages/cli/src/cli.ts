import { errorMessage, OrchestratorError } from "@hybrid-orchestrator/core";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { check } from "./commands/check.js";
import { exportSession } from "./commands/export.js";
import { init } from "./commands/init.js";
import { lintPolicies, simulate } from "./commands/policies.js";
import { preview } from "./commands/preview.js";
import { replaySession } from "./commands/replay.js";
import { run } from "./commands/run.js";
import { send } from "./commands/send.js";
import { listSessions, showSession } from "./commands/sessions.js";
import { type Context, createContext, type SharedOptions } from "./context.js";
import { type ExitCode, exitCodeHelp, exitCodeOf, exitCodes } from "./exit-codes.js";
import type { Io } from "./io.js";
import { createOutput, printable } from "./output.js";

/** Runs one command line, without the program's own name, and says what to exit with. Never throws. */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  const json = args.includes("--json");
  let code: ExitCode = exitCodes.done;
  let told = "";
  const program = createProgram(io, {
    end(made) {
      code = made;
    },
    tell(text) {
      told += text;
      if (!json) io.stderr(text);
    },
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version end like this as well.
      if (error.exitCode === 0) return exitCodes.done;
      if (json) tellError(io, json, { code: "invalid_argument", message: told.trim() || error.message });
      return exitCodes.badInput;
    }
    tellError(io, json, describe(error));
    return exitCodeOf(error);
  }
}

type Action<Options> = (context: Context, options: Options) => Promise<ExitCode>;

interface Ends {
  end(code: ExitCode): void;
  /** What is wrong with the command line. */
  tell(text: string): void;
}

function createProgram(io: Io, { end, tell }: Ends): Command {
  const program = new Command("hybrid-orchestrator")
    .description("Sessions that AI agents and humans work on together: set up, run, look at, replay.")
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout(text), writeErr: tell })
    .showHelpAfterError("(see --help)")
    .addHelpText("after", exitCodeHelp);

  function command(
    parent: Command,
    usage: string,
    description: string,
    examples: readonly string[],
  ): Command {
    const lines = examples.map((example) => `  $ hybrid-orchestrator ${example}`).join("\n");
    return parent
      .command(usage)
      .description(description)
      .option("-c, --config <file>", "the configuration file, if not the nearest hybrid.config.*")
      .option("--json", "one JSON document on standard output")
      .addHelpText("after", `\nExamples:\n${lines}\n${exitCodeHelp}`);
  }

  /** Hands the options over with the named arguments among them. */
  function act<Options extends object>(
    made: Command,
    names: readonly string[],
    action: Action<Options>,
  ): void {
    made.action(async (...given: unknown[]) => {
      const options = made.optsWithGlobals<SharedOptions & Options>();
      const named = Object.fromEntries(names.map((name, index) => [name, given[index]]));
      end(await action(await createContext(io, options), { ...options, ...named }));
    });
  }

  act(
    command(program, "init", "Write a configuration and .env.example to begin with.", [
      "init",
      "init --format ts",
    ])
      .option("--format <format>", "yaml, ts or json", oneOf("yaml", "ts", "json"), "yaml")
      .option("--force", "overwrite what is there"),
    [],
    init,
  );
  act(
    command(program, "check", "Tell every mistake in the configuration.", [
      "check",
      "check --print",
      "check --schema > hybrid.schema.json",
    ])
      .option("--print", "show the configuration, its secrets hidden")
      .option("--schema", "show its JSON Schema, for editors"),
    [],
    check,
  );
  act(
    command(program, "run", "Run the orchestrator, and the server where one is configured.", [
      "run",
      "run --json | jq .",
    ]).option(
      "--log-level <level>",
      "debug, info, warn or error",
      oneOf("debug", "info", "warn", "error"),
      "info",
    ),
    [],
    run,
  );

  const sessions = command(program, "sessions", "List sessions, newest first.", [
    "sessions --status active paused --workflow claims",
    "sessions show 01JD… --activities 20",
  ])
    .usage("[options] [command]")
    // Takes a misspelt command, to tell which one was meant.
    .argument("[command]", "show, to see one of them")
    .allowExcessArguments()
    .option("--status <status...>", "only these")
    .option("--workflow <name>", "only this one")
    .option("--limit <number>", "how many", number(1, 500), 50)
    .option("--all", "every page, however many")
    .option("--cursor <cursor>", "go on after the page before")
    .option("--sort <field>", "createdAt or updatedAt", oneOf("createdAt", "updatedAt"), "createdAt")
    .option("--order <order>", "asc or desc", oneOf("asc", "desc"), "desc");
  act(sessions, ["command"], listSessions);
  act(
    command(
      sessions,
      "show <session>",
      "Show a session: activities, firings, deliveries, and why rules did or did not fire.",
      ["sessions show 01JD…", "sessions show call_17 --explain idle --json"],
    )
      .option("--activities <number>", "how many, the newest", number(1, 500), 20)
      .option("--explain <trigger...>", "only these rules; default: every one"),
    ["session"],
    showSession,
  );
  act(
    command(
      program,
      "replay <session>",
      "Feed a session's activities through the rules again, and compare what fires with what fired.",
      ["replay 01JD…", "replay 01JD… --triggers new-rules.yaml", "replay session.json"],
    ).option("--triggers <file>", "rules to try instead of the configured ones"),
    ["session"],
    replaySession,
  );
  act(
    message(
      command(program, "send <text>", "Send a message, and wait for what becomes of it.", [
        'send "Your form is saved." --session 01JD…',
        'send "The build is broken." --to ada --email ada@example.com --urgency high',
      ]),
    )
      .option("--timeout <seconds>", "how long to wait", number(0, 3_600), 60)
      .option("--no-wait", "only queue it, for a running orchestrator to send"),
    ["text"],
    send,
  );
  act(
    message(
      command(
        program,
        "preview <text>",
        "Tell which channel a message would take, why, and how it would read. Sends nothing.",
        [
          'preview "Still there, {name}?" --template --session 01JD…',
          'preview "Call me" --to ada --phone +15550100 --urgency critical',
        ],
      ),
    ),
    ["text"],
    preview,
  );
  act(
    command(program, "export <session>", "Write a session as a vitest test that replays it.", [
      "export 01JD… --redact",
      "export 01JD… --redact --out test/stuck.test.ts",
      "export 01JD… --redact --out stuck.json",
    ])
      .option("--redact", "leave out everything personal that no rule looks at, and move it to another day")
      .option("--out <file>", "a .ts test or a .json recording; default: the session's id with .test.ts")
      .option("--force", "overwrite what is there"),
    ["session"],
    exportSession,
  );

  const policies = command(program, "policies", "Check escalation policies, and try what they do.", [
    "policies lint support.yaml --workers team.yaml",
    "policies simulate support.yaml --at 2026-11-29T03:00 --time-zone Europe/Berlin",
  ]).usage("[options] <command>");
  act(
    command(
      policies,
      "lint <file>",
      "Tell what in a policy can never happen, never ends or is rarely meant.",
      ["policies lint support.yaml", "policies lint policies.yaml --workers team.yaml --json"],
    ).option("--workers <file>", "workers and schedules, whose names are checked then"),
    ["file"],
    lintPolicies,
  );
  act(
    command(
      policies,
      "simulate <file>",
      "Tell minute by minute what happens when somebody is asked for, and nobody reacts. Sends nothing.",
      [
        "policies simulate support.yaml --at 2026-11-29T03:00 --time-zone Europe/Berlin",
        "policies simulate policies.yaml --policy night --workers team.yaml --script morning.yaml",
      ],
    )
      .option("--at <time>", "when, by the clock of the time zone; default: now")
      .option("--time-zone <zone>", "e.g. Europe/Berlin", "UTC")
      .option("--locale <locale>", "of the days' names and of what the user hears", "en")
      .option("--policy <name>", "which one, where the file has several")
      .option("--workers <file>", "workers and schedules; default: nobody")
      .option("--script <file>", "what people do meanwhile"),
    ["file"],
    simulate,
  );
  return program;
}

function message(made: Command): Command {
  return made
    .option("--session <session>", "to the recipient of this session")
    .option("--to <id>", "to somebody else, by a name of yours for them")
    .option("--name <name>", "their name, with --to")
    .option("--email <address>", "their address, with --to")
    .option("--phone <number>", "their number, with --to")
    .option("--slack <id>", "their Slack id, with --to")
    .option(
      "--urgency <urgency>",
      "low, normal, high or critical",
      oneOf("low", "normal", "high", "critical"),
      "normal",
    )
    .option("--channel <name>", "use this channel first")
    .option("--need <need>", "what it needs of its channel, e.g. link")
    .option("--audience <audience>", "user or worker", oneOf("user", "worker"), "user")
    .option("--subject <subject>", "where the channel has one")
    .option("--template", "the text is a template over the session: Hello {name}");
}

function oneOf(...values: readonly string[]): (text: string) => string {
  return (text) => {
    if (values.includes(text)) return text;
    throw new InvalidArgumentError(`Pass ${values.slice(0, -1).join(", ")} or ${values.at(-1)}.`);
  };
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Pass a whole number from ${least} to ${most}.`);
  };
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly issues?: readonly unknown[];
}

function describe(error: unknown): Told {
  if (!OrchestratorError.isInstance(error)) return { code: "internal", message: errorMessage(error) };
  const { code, message, issues } = error;
  return { code, message, ...(issues.length > 0 && { issues }) };
}

function tellError(io: Io, json: boolean, error: Told): void {
  if (json) createOutput(io, json).document({ error });
  else io.stderr(`error: ${printable(error.message)} (${error.code})\n`);
}
