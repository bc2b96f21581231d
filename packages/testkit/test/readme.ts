import { readFileSync } from "node:fs";
import ts from "typescript";

/**
 * Runs the TypeScript of a README from top to bottom, as one program, and returns what it printed. `modules` are what it
 * may import. So an example that no longer works fails a test.
 */
export async function runReadme(url: URL, modules: Readonly<Record<string, unknown>>): Promise<string[]> {
  const blocks = [...readFileSync(url, "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].map(
    (match) => match[1] ?? "",
  );
  if (blocks.length === 0) throw new Error(`${url.pathname} has no example.`);
  const { outputText } = ts.transpileModule(blocks.join("\n"), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const printed: string[] = [];
  const print = (...values: unknown[]) => void printed.push(values.map(String).join(" "));
  const require = (name: string) => {
    if (!Object.hasOwn(modules, name))
      throw new Error(`The example imports ${name}, which the test does not give it.`);
    return modules[name];
  };
  const run = new Function("require", "exports", "console", `return (async () => {${outputText}\n})();`);
  await run(require, {}, { log: print });
  return printed;
}
