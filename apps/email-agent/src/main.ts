#!/usr/bin/env node
import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { errorMessage, type Logger, OrchestratorError } from "@hybrid-orchestrator/core";
import { Command, Option } from "commander";
import { createEmailAgent, type EmailAgent } from "./agent.js";
import { createLogger } from "./log.js";
import { readSettings, sandboxDefaults, secretSettings, settingList, settingsFrom } from "./settings.js";

const program = new Command("hybrid-email-agent")
  .description(
    "A mail service over SMTP and IMAP. Settings come from flags, the environment and a .env file.",
  )
  // Not --env-file: Node takes that for its own, even behind the program's name.
  .option("--settings <file>", "file with settings, if not .env");
for (const { name, variable, flag, description } of settingList) {
  // Whoever can list processes can read their flags.
  if (secretSettings.includes(name)) continue;
  const value = name === "sandbox" ? "" : " <value>";
  program.addOption(new Option(`${flag}${value}`, `${description} (${variable})`));
}
program.addHelpText(
  "after",
  "\nOnly in the environment or the file: SERVICE_API_KEY, SMTP_PASSWORD, IMAP_PASSWORD.",
);

async function main(): Promise<void> {
  const { settings: path, ...flags } = program
    .parse()
    .opts<{ settings?: string } & Record<string, string | boolean>>();
  const settings = { ...settingsFrom({ ...readEnvFile(path), ...process.env }), ...flags };
  const { logLevel, sandbox } = readSettings(settings);
  const logger = createLogger(logLevel, (line) => process.stderr.write(`${line}\n`));
  const agent = createEmailAgent(settings, { logger });
  stopOnSignals(agent, logger);
  const { url, sandboxSmtpPort } = await agent.start();
  console.log(`E-mail agent at ${url}`);
  if (sandbox) {
    console.log(`Sandbox: look at ${url}/sandbox, send mail to 127.0.0.1:${sandboxSmtpPort}`);
    if (settings.serviceApiKey === undefined)
      console.log(`Sandbox: the key is ${sandboxDefaults.serviceApiKey}`);
  }
}

function stopOnSignals(agent: EmailAgent, logger: Logger): void {
  let stopping = false;
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      // Asked twice: whoever asks is in a hurry.
      if (stopping) process.exit(1);
      stopping = true;
      logger.info("stopping", { signal: name });
      agent.stop().then(
        ({ drained }) => {
          logger.info("stopped", { drained });
          process.exit(drained ? 0 : 1);
        },
        (error: unknown) => fail(error),
      );
    });
  }
}

function readEnvFile(path: string | undefined): Readonly<Record<string, string | undefined>> {
  if (path === undefined && !existsSync(".env")) return {};
  return parseEnv(readFileSync(path ?? ".env", "utf8"));
}

function fail(error: unknown): never {
  if (OrchestratorError.isInstance(error, "invalid_configuration") && error.issues.length > 0) {
    console.error("The settings have mistakes:");
    for (const { path, message } of error.issues) {
      const setting = settingList.find(({ name }) => name === path[0]);
      console.error(`  ${setting?.variable ?? path.join(".")}: ${message}`);
    }
    console.error("See --help.");
  } else console.error(errorMessage(error));
  process.exit(1);
}

main().catch(fail);
