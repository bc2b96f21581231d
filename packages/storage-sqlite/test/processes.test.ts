import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { newSession } from "./shapes.js";
import { opened, temporaryFile } from "./temporary.js";

const script = fileURLToPath(new URL("./fixtures/writer.ts", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A process of its own that records activities until it has won its share. */
function startWriter(path: string, name: string, wins: number): Promise<{ conflicts: number; wins: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--conditions=source", "--import=tsx", script, path, name, String(wins)],
      {
        cwd: root,
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(output) as { conflicts: number; wins: number });
      else reject(new Error(`The writer ${name} ended with code ${code}.`));
    });
  });
}

describe("several processes on one file", () => {
  it("create it together, and never commit the same version or position twice", async () => {
    const path = temporaryFile();
    const writers = ["one", "two", "three"];
    const results = await Promise.all(writers.map((name) => startWriter(path, name, 100)));
    expect(results.map(({ wins }) => wins)).toEqual([100, 100, 100]);

    const { storage } = await opened({ path });
    const session = await storage.getSession("shared");
    expect([session?.lastSeq, session?.version]).toEqual([300, 301]);
    const { items } = await storage.listActivities({ sessionId: "shared", limit: 500 });
    expect(items.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    for (const name of writers) expect(items.filter(({ type }) => type === name)).toHaveLength(100);
    const { events } = await storage.readEvents({ limit: 500 });
    expect(events.map(({ data }) => "seq" in data && data.seq)).toEqual(items.map(({ seq }) => seq));
    expect(await storage.commit([newSession("after")])).toEqual([{ ok: true }]);
  }, 60_000);
});
