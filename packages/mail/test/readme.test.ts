import * as core from "@hybrid-orchestrator/core";
import { afterEach, expect, it, vi } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as mail from "../src/index.js";
import { startSmtp } from "./support/smtp.js";

afterEach(() => vi.unstubAllEnvs());

it("prints what its README says", async () => {
  const smtp = await startSmtp();
  try {
    vi.stubEnv("SMTP_PORT", String(smtp.port));
    const printed = await runReadme(new URL("../README.md", import.meta.url), {
      "@hybrid-orchestrator/core": core,
      "@hybrid-orchestrator/mail": mail,
    });
    expect(printed).toEqual([
      ...["ada@example.com", "undefined", "no such user: a***@example.com", "sent", "automatic I am away."],
    ]);
  } finally {
    await smtp.close();
  }
});
