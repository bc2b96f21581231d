import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { Command, InvalidArgumentError, Option } from "commander";
import { type AgentName, agentNames } from "./agents.js";
import { replay } from "./replay.js";
import { tellStory } from "./story.js";

interface Options {
  readonly input?: string;
  readonly triggers?: string;
  readonly speed: number;
  readonly db?: string;
  readonly agent: AgentName;
}

const program = new Command("demo")
  .description("Tells the story of one session, or feeds your own activity records through the orchestrator.")
  .option(
    "--input <file>",
    "activity records, one JSON object a line: session, type, data, at (- for standard input)",
  )
  .option("--triggers <file>", "trigger rules in YAML or JSON, with --input")
  .option(
    "--speed <factor>",
    "1 is as recorded, 60 a minute in a second, max without waiting; with --input",
    speed,
    Number.POSITIVE_INFINITY,
  )
  .option("--db <file>", "keep the sessions in this SQLite file")
  .addOption(
    new Option("--agent <name>", "who helps in the story; claude asks the real model, with ANTHROPIC_API_KEY")
      .choices(agentNames)
      .default("mock"),
  )
  .action(run);

await program.parseAsync();

async function run(options: Options): Promise<void> {
  const path = options.db ?? join(mkdtempSync(join(tmpdir(), "hybrid-orchestrator-")), "sessions.db");
  const print = (line: string): void => console.log(line);
  try {
    if (options.input === undefined) await tellStory({ path, agent: options.agent, print });
    else
      await replay({ input: options.input, triggers: options.triggers, speed: options.speed, path, print });
  } catch (error) {
    if (!OrchestratorError.isInstance(error) && !(error instanceof Error && "code" in error)) throw error;
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}

function speed(text: string): number {
  if (text === "max") return Number.POSITIVE_INFINITY;
  const factor = Number(text);
  if (!(factor > 0)) throw new InvalidArgumentError("Pass a positive number, or max.");
  return factor;
}
