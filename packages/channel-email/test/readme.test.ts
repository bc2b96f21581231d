import * as orchestrator from "@hybrid-orchestrator/orchestrator";
import * as storageSqlite from "@hybrid-orchestrator/storage-sqlite";
import { afterEach, expect, it, vi } from "vitest";
import { key, startAgent } from "../../../apps/email-agent/test/support/agent.js";
import { startSmtp } from "../../mail/test/support/smtp.js";
import { runReadme } from "../../testkit/test/readme.js";
import * as channelEmail from "../src/index.js";
import { atEnd, tokenKeys } from "./harness.js";

afterEach(() => vi.unstubAllEnvs());

it("prints what its README says", async () => {
  const smtp = await startSmtp();
  atEnd(() => smtp.close());
  const agent = await startAgent({ sandbox: true });
  vi.stubEnv("SMTP_HOST", "127.0.0.1");
  vi.stubEnv("SMTP_PORT", String(smtp.port));
  vi.stubEnv("MAIL_TOKEN_SECRET", tokenKeys[0]?.secret ?? "");
  vi.stubEnv("EMAIL_AGENT_URL", agent.url);
  vi.stubEnv("EMAIL_AGENT_API_KEY", key);
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/channel-email": channelEmail,
    "@hybrid-orchestrator/orchestrator": orchestrator,
    "@hybrid-orchestrator/storage-sqlite": storageSqlite,
  });
  expect(printed).toEqual(["sent over email", "true", "0 0", "demo-mail", "stopped"]);
  expect(smtp.taken).toHaveLength(1);
});
