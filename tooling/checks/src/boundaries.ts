import { isBuiltin } from "node:module";
import { posix } from "node:path";
import ts from "typescript";

/** What the boundary rules look at in one package. Paths are relative to the package's folder. */
export interface PackageFacts {
  folder: string;
  manifest: Manifest;
  /** The text of each file that has a rule, by path: all of `src`, README.md, tsconfig.json, tsup.config.ts. */
  files: Record<string, string>;
}

export interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  scripts?: Record<string, string>;
  exports?: Record<string, Record<string, string>>;
  publishConfig?: { exports?: Record<string, Record<string, string>> };
}

const scope = "@hybrid-orchestrator/";
const toolkit = ["signatures", "safe-http", "screen-state", "mail", "agent-kit", "domain-kit"];
const secondFloor = /^(triggers|escalation|channel-hub|(storage|channel|agent|domain)-.+)$/;
const fourthFloor = ["server", "client", "dashboard", "mcp-server", "config", "cli"];
/** What stands on others of its own floor: a file that sets up the server, a command that reads the file. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  config: ["server"],
  cli: ["config", "server", "client", "mcp-server"],
};

const topLevel = [
  "packages",
  "apps",
  "tooling",
  "turbo.json",
  "pnpm-workspace.yaml",
  "package.json",
  "tsconfig.base.json",
  "README.md",
  "pnpm-lock.yaml",
  "LICENSE",
  "CONTRIBUTING.md",
  "SECURITY.md",
];

/** Which of our packages a package may import; undefined for a package that stands on no floor. */
export function allowedImports(folder: string): ((imported: string) => boolean) | undefined {
  const upTo = (...names: string[]) => {
    return (imported: string) => names.includes(imported);
  };
  if (folder === "core") return upTo();
  if (toolkit.includes(folder) || folder === "testkit" || folder === "create-plugin") return upTo("core");
  if (secondFloor.test(folder)) return upTo("core", ...toolkit);
  if (folder === "orchestrator") return upTo("core", ...toolkit, "triggers", "channel-hub", "escalation");
  if (fourthFloor.includes(folder)) {
    const below = upTo("core", ...toolkit, "orchestrator", ...(neighbours[folder] ?? []));
    return (imported) => below(imported) || secondFloor.test(imported);
  }
  return undefined;
}

/** Each broken rule as a sentence that names the file; an empty list when all hold. */
export function packageViolations(facts: PackageFacts): string[] {
  return [...dependencyViolations(facts), ...sourceViolations(facts), ...shapeViolations(facts)].map(
    (violation) => `packages/${facts.folder}/${violation}`,
  );
}

/** Entries of the repository's top level that have no place there. Dot files and folders are free. */
export function topLevelViolations(trackedPaths: readonly string[]): string[] {
  const entries = new Set(trackedPaths.map((path) => path.split("/", 1)[0] ?? path));
  return [...entries]
    .filter((entry) => !entry.startsWith(".") && !topLevel.includes(entry))
    .map((entry) => `${entry}: not one of the top level's entries`);
}

function shippedDependencies({ manifest }: PackageFacts): string[] {
  return Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  });
}

function dependencyViolations(facts: PackageFacts): string[] {
  const mayImport = allowedImports(facts.folder);
  if (mayImport === undefined)
    return ["package.json: stands on no floor of tooling/checks/src/boundaries.ts"];
  const shipped = shippedDependencies(facts);
  const violations = shipped
    .filter((name) => name.startsWith(scope) && !mayImport(name.slice(scope.length)))
    .map((name) => `package.json: must not depend on ${name}`);
  if (facts.folder === "core" && shipped.join() !== "zod") {
    violations.push(`package.json: core depends on zod alone, not on ${shipped.join(", ")}`);
  }
  return violations;
}

function sourceViolations(facts: PackageFacts): string[] {
  const declared = shippedDependencies(facts);
  const mayImport = allowedImports(facts.folder) ?? (() => true);
  return Object.entries(facts.files)
    .filter(([path]) => path.startsWith("src/"))
    .flatMap(([path, text]) => {
      const violations: string[] = [];
      for (const specifier of importsOf(text)) {
        if (specifier.startsWith(".")) {
          if (!posix.join(posix.dirname(path), specifier).startsWith("src/")) {
            violations.push(`${path}: ${specifier} leaves the package's src`);
          }
        } else if (!isBuiltin(specifier)) {
          const name = packageNameOf(specifier);
          if (name.startsWith(scope) && !mayImport(name.slice(scope.length))) {
            violations.push(`${path}: must not import ${name}`);
          } else if (!declared.includes(name)) {
            violations.push(
              `${path}: imports ${name}, which package.json does not ship (dependencies, peers)`,
            );
          }
        }
      }
      if (facts.folder !== "channel-console" && usesConsole(path, text))
        violations.push(`${path}: uses console`);
      return violations;
    });
}

function shapeViolations({ folder, manifest, files }: PackageFacts): string[] {
  const violations: string[] = [];
  if (manifest.name !== scope + folder) violations.push(`package.json: the name must be ${scope}${folder}`);
  if (files["README.md"] === undefined) violations.push("README.md: missing");
  for (const script of ["build"]) {
    if (manifest.scripts?.[script] === undefined) violations.push(`package.json: no "${script}" script`);
  }
  for (const [path, limit] of Object.entries({ "tsconfig.json": 8, "tsup.config.ts": 5 })) {
    const lines = files[path]?.trimEnd().split("\n").length;
    if (lines === undefined) violations.push(`${path}: missing`);
    else if (lines > limit) violations.push(`${path}: ${lines} lines, at most ${limit}`);
  }
  return [...violations, ...exportViolations(manifest)];
}

/** The tarball holds no `src`: what is published must be the same exports without the `source` condition. */
function exportViolations({ exports = {}, publishConfig }: Manifest): string[] {
  const published = Object.fromEntries(
    Object.entries(exports).map(([entry, { source: _, ...conditions }]) => [entry, conditions]),
  );
  const violations = Object.entries(exports)
    .filter(([entry, conditions]) => Object.keys(conditions).join() !== conditionsOf(entry))
    .map(
      ([entry]) =>
        `package.json: exports "${entry}" must have ${conditionsOf(entry).replaceAll(",", ", ")}, in this order`,
    );
  if (JSON.stringify(published) !== JSON.stringify(publishConfig?.exports)) {
    violations.push("package.json: publishConfig.exports must be exports without source");
  }
  return violations;
}

/** Data is published as it is; code has its source and its types. */
function conditionsOf(entry: string): string {
  return entry.endsWith(".json") ? "default" : "source,types,default";
}

function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);
}

function packageNameOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function usesConsole(path: string, text: string): boolean {
  const visit = (node: ts.Node): boolean =>
    (ts.isPropertyAccessExpression(node) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === "console") ||
    (ts.forEachChild(node, visit) ?? false);
  return visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022));
}
