import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/**
 * The last line that a script prints, run in a process of its own: what was measured before has warmed
 * up other code and left its garbage.
 */
export async function answerOf(script: URL, args: readonly string[]): Promise<string> {
  const path = fileURLToPath(script);
  const compiler = path.endsWith(".ts") ? ["--import", "tsx"] : [];
  const child = spawn(process.execPath, [...compiler, path, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let answer = "";
  for await (const line of createInterface({ input: child.stdout })) answer = line;
  const [code] = await exited;
  if (code !== 0) throw new Error(`The process of ${path} ended with ${String(code)}.`);
  return answer;
}
