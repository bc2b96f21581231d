import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { templates } from "../src/templates.js";
import { cli, folderWith, installed, project } from "./harness.js";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function start(args: readonly string[], files: Readonly<Record<string, string>> = project) {
  const { cwd, command } = installed(files);
  const child = spawn(process.execPath, [...command, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const ended = Promise.all([text(child.stderr), once(child, "exit")]).then(([errors, [code]]) => ({
    errors,
    code: code as number,
  }));
  return { child, ended };
}

async function firstLine(child: ChildProcess, matching: RegExp): Promise<string> {
  let output = "";
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk);
    const found = output
      .split("\n")
      .slice(0, -1)
      .find((line) => matching.test(line));
    if (found !== undefined) return found;
  }
  throw new Error(`It ended without a line like ${matching}: ${output}`);
}

describe("run, as a process", () => {
  it("serves until SIGTERM, says when it is ready, and ends with 0", async () => {
    const { child, ended } = start(["run"]);
    const line = await firstLine(child, /^Ready/);
    expect(line).toMatch(/^Ready at http:\/\/127\.0\.0\.1:\d+: 4 triggers, channels console\./);
    const url = /http:\S+\d/.exec(line)?.[0] ?? "";
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 0, errors: expect.stringContaining("stopping") });
  }, 60_000);

  it("writes JSON lines with --json, and stops by SIGINT as well", async () => {
    const { child, ended } = start(["run", "--json"]);
    // Nobody reads on after this line, which must not bring it down.
    const line = await firstLine(child, /"ready"/);
    expect(JSON.parse(line)).toMatchObject({
      message: "ready",
      url: expect.stringMatching(/^http/),
      triggers: 4,
    });
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 0, errors: "" });
  }, 60_000);

  it("sends with one JSON document on standard output, though the channel prints as well", async () => {
    const { child, ended } = start(["send", "Hello", "--to", "ada", "--json"]);
    const output = await text(child.stdout as NodeJS.ReadableStream);
    expect(JSON.parse(output)).toMatchObject({ status: "sent" });
    expect(await ended).toEqual({ code: 0, errors: expect.stringMatching(/text +Hello/) });
  }, 60_000);

  it("takes what init writes in TypeScript", async () => {
    const { ended } = start(["check"], { "hybrid.config.ts": templates.ts });
    expect(await ended).toEqual({ code: 0, errors: "" });
  }, 60_000);

  it("reads a configuration in TypeScript, and ends with 2 at its mistakes", async () => {
    const { ended } = start(["check"], {
      "hybrid.config.ts": `const port: number = 1;\nexport default { server: { prot: port } };`,
    });
    const { code, errors } = await ended;
    expect(errors).toMatch(/server\.prot: is not known here; did you mean port\?/);
    expect(code).toBe(2);
  }, 60_000);
});

describe("run, in this process", () => {
  it("gives up at once when it is asked a second time", async () => {
    let ask: (name: string) => void = () => undefined;
    const { code, stderr } = await cli(folderWith(project), ["run"], {
      onSignal(listener) {
        ask = listener;
        return () => undefined;
      },
      onStdout() {
        ask("SIGINT");
        ask("SIGINT");
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain("stopping");
  });

  it("tells why it cannot listen, and leaves nothing running", async () => {
    const { createServer } = await import("node:net");
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const folder = folderWith({
      ...project,
      "hybrid.config.yaml": project["hybrid.config.yaml"].replace("port: 0", `port: ${port}`),
    });
    const { code, stderr, stdout } = await cli(folder, ["run"]);
    taken.close();
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("(listen_failed)");
  });
});
