import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { cli, folderWith, livedSession, project } from "./harness.js";

describe("init", () => {
  it.each(["yaml", "json"])("writes a configuration in %s that check takes", async (format) => {
    const folder = folderWith({});
    const { code, stdout } = await cli(folder, ["init", "--format", format]);
    expect(code).toBe(0);
    expect(stdout).toContain(`wrote hybrid.config.${format}\nwrote .env.example\n`);
    expect(await cli(folder, ["check"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("no mistakes"),
    });
  });

  it("never overwrites, unless it is told to, and then both", async () => {
    const folder = folderWith({ ".env.example": "MINE=1" });
    const refused = await cli(folder, ["init", "--json"]);
    expect(refused.code).toBe(2);
    expect(refused.json()).toMatchObject({
      error: { code: "invalid_argument", message: expect.stringContaining("--force") },
    });
    expect(existsSync(join(folder, "hybrid.config.yaml"))).toBe(false);
    expect((await cli(folder, ["init", "--force"])).code).toBe(0);
    expect(readFileSync(join(folder, ".env.example"), "utf8")).not.toContain("MINE");
  });

  it("writes TypeScript that holds the same", async () => {
    const folder = folderWith({});
    await cli(folder, ["init", "--format", "ts"]);
    expect(readFileSync(join(folder, "hybrid.config.ts"), "utf8")).toContain("export default defineConfig(");
  });
});

describe("check", () => {
  const broken = {
    "hybrid.config.yaml":
      "chanels: {}\nserver: { prot: 1 }\nstorage: { plugin: x, options: { password: hunter22 } }\n",
  };

  it("tells every mistake, and exits with 2", async () => {
    const { code, stdout, stderr } = await cli(folderWith(broken), ["check"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /3 mistakes\n {2}chanels \(line 1, column 1\): is not known here; did you mean channels\?\n {2}server\.prot .*port\?\n {2}storage\.plugin/,
    );
  });

  it("tells them as one document", async () => {
    const ran = await cli(folderWith(broken), ["check", "--json", "--print"]);
    expect(ran.code).toBe(2);
    expect(ran.json()).toMatchObject({
      ok: false,
      problems: [
        { path: "chanels", suggestion: "channels", line: 1 },
        { path: "server.prot" },
        { path: "storage.plugin", code: "unknown_plugin" },
      ],
      configuration: { storage: { options: { password: "[redacted]" } } },
    });
    expect(ran.stdout + ran.stderr).not.toContain("hunter22");
  });

  it("says where it looked when there is no configuration", async () => {
    const ran = await cli(folderWith({}), ["check"]);
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining("hybrid.config.ts")]);
  });

  it("gives the JSON Schema, and takes a file by name and variables from .env", async () => {
    const folder = folderWith({
      "other.yaml": `${project["hybrid.config.yaml"]}orchestrator: { maxTries: "\${TRIES}" }`,
      "rules.yaml": "[]",
      ".env": "TRIES=3\n",
    });
    expect((await cli(folder, ["check", "--config", "other.yaml"])).code).toBe(0);
    expect((await cli(folder, ["check", "-c", "other.yaml", "--schema"])).json()).toMatchObject({
      $schema: expect.any(String),
    });
  });
});

describe("sessions", () => {
  it("lists with filters and pages", async () => {
    const folder = folderWith(project);
    const id = await livedSession(folder);
    const { stdout } = await cli(folder, ["sessions"]);
    expect(stdout).toMatch(new RegExp(`^ID .*\\n${id} +completed +claims`));
    expect((await cli(folder, ["sessions", "--json", "--status", "active", "paused"])).json()).toEqual({
      items: [],
      nextCursor: null,
    });
    expect((await cli(folder, ["sessions", "--json", "--workflow", "claims", "--all"])).json()).toMatchObject(
      { items: [{ id }] },
    );
    const wrong = await cli(folder, ["sessions", "--status", "activ"]);
    expect(wrong.code).toBe(2);
    expect((await cli(folder, ["sessions", "--cursor", "nonsense"])).code).toBe(2);
  });

  it("shows one with everything that belongs to it, by any of its names", async () => {
    const folder = folderWith(project);
    const id = await livedSession(folder);
    const { stdout, code } = await cli(folder, ["sessions", "show", "call_17"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`${id} (call_17)`);
    expect(stdout).toMatch(/Firings \(5\)\n.* stuck \(1\): /);
    expect(stdout).toMatch(/Deliveries \(3\)/);
    expect(stdout).toContain("Why idle did or did not fire");
    const one = (
      await cli(folder, ["sessions", "show", id, "--json", "--activities", "2", "--explain", "stuck"])
    ).json();
    expect(one).toMatchObject({ session: { id }, explanations: [{ trigger: "stuck" }] });
    expect(one.activities).toHaveLength(2);
  });

  it("says so when there is none", async () => {
    const folder = folderWith(project);
    const ran = await cli(folder, ["sessions", "show", "nobody", "--json"]);
    expect([ran.code, ran.json()]).toEqual([
      3,
      { error: { code: "session_not_found", message: expect.any(String) } },
    ]);
    await livedSession(folder);
    const unknown = await cli(folder, ["sessions", "show", "call_17", "--explain", "stuk"]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("stuck")]);
  });

  it("changes nothing and fires nothing by looking", async () => {
    const folder = folderWith(project);
    const id = await livedSession(folder);
    const clock = { ...systemClock, now: () => Date.UTC(2025, 5, 2) };
    const before = (await cli(folder, ["sessions", "show", id, "--json"], { clock })).stdout;
    await cli(folder, ["replay", id]);
    expect((await cli(folder, ["sessions", "show", id, "--json"], { clock })).stdout).toBe(before);
  });
});

describe("send", () => {
  it("sends to a recipient, waits, and prints the delivery", async () => {
    const folder = folderWith(project);
    const ran = await cli(folder, ["send", "Hello", "--to", "ada", "--name", "Ada", "--json"]);
    expect(ran.code).toBe(0);
    expect(ran.json()).toMatchObject({ status: "sent", attempts: [{ channel: "console", outcome: "sent" }] });
    const list = (await cli(folder, ["sessions", "--json"])).json();
    expect(list).toMatchObject({ items: [{ workflow: "cli", status: "completed" }] });
  });

  it("only queues with --no-wait, and tells with 4 what could not be delivered", async () => {
    const folder = folderWith({
      ...project,
      "none.yaml":
        "storage: { plugin: '@hybrid-orchestrator/storage-sqlite', options: { path: sessions.db } }",
    });
    const queued = await cli(folder, ["send", "Hello", "--to", "ada", "--no-wait", "--json"]);
    expect([queued.code, queued.json()]).toMatchObject([0, { status: "pending" }]);
    const failed = await cli(folder, ["send", "Hello", "--to", "ada", "-c", "none.yaml"]);
    expect([failed.code, failed.stdout]).toEqual([4, expect.stringMatching(/^failed/)]);
  });

  it("wants to know to whom", async () => {
    const folder = folderWith(project);
    for (const args of [[], ["--session", "a", "--to", "b"], ["--session", "a", "--email", "a@example.com"]])
      expect((await cli(folder, ["send", "Hello", ...args])).code).toBe(2);
    expect((await cli(folder, ["send", "Hello", "--session", "nobody"])).code).toBe(3);
  });
});

describe("preview", () => {
  it("tells the channels, the reasons, and the text as it would read", async () => {
    const folder = folderWith(project);
    const id = await livedSession(folder);
    const ran = await cli(folder, ["preview", "Hello {name}, {nothing}!", "--template", "--session", id]);
    expect(ran.stdout).toMatch(/^1\. console \(priority\)\n(-.*\n)*\nHello Ada Lovelace, !\n$/);
    expect(ran.stderr).toContain("nothing");
    expect(ran.code).toBe(0);
  });

  it("writes nothing for somebody without a session", async () => {
    const folder = folderWith(project);
    const ran = await cli(folder, ["preview", "Hello", "--to", "ada", "--urgency", "high", "--json"]);
    expect(ran.json()).toMatchObject({ steps: [{ channel: "console" }], text: "Hello", mistakes: [] });
    expect(existsSync(join(folder, "sessions.db"))).toBe(false);
  });
});

describe("bad input", () => {
  it.each([
    [["chek"], "Did you mean check?"],
    [["check", "--jsn"], "Did you mean --json?"],
    [["sessions", "shw", "x"], "did you mean show?"],
    [["send"], "missing required argument 'text'"],
    [["sessions", "--limit", "many"], "Pass a whole number from 1 to 500."],
    [["run", "--log-level", "loud"], "Pass debug, info, warn or error."],
    [["check", "extra"], "too many arguments"],
  ])("%j is told in words, with 2 and no stack", async (args, words) => {
    const ran = await cli(folderWith(project), args);
    expect([ran.code, ran.stdout]).toEqual([2, ""]);
    expect(ran.stderr).toContain(words);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    const asJson = await cli(folderWith(project), [...args, "--json"]);
    expect(asJson.json()).toMatchObject({ error: { code: "invalid_argument" } });
  });

  it("a database that is none", async () => {
    const folder = folderWith(project);
    writeFileSync(join(folder, "sessions.db"), "not a database, but long enough to look at".repeat(50));
    const ran = await cli(folder, ["sessions"]);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/^error: .*\(storage_corrupt\)\n$/)]);
  });
});

describe("help", () => {
  it.each(
    [
      [],
      ["init"],
      ["check"],
      ["run"],
      ["sessions"],
      ["sessions", "show"],
      ["replay"],
      ["send"],
      ["preview"],
      ["export"],
      ["policies"],
      ["policies", "lint"],
      ["policies", "simulate"],
    ].map((args) => [args]),
  )("%j has examples and exit codes", async (args) => {
    const { code, stdout } = await cli(folderWith({}), [...args, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Exit codes:");
    if (args.length > 0) expect(stdout).toContain("Examples:\n  $ hybrid-orchestrator ");
  });
});
