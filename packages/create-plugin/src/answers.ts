import { OrchestratorError, suggestName } from "@hybrid-orchestrator/core";
import validatePackageName from "validate-npm-package-name";

export const kinds = ["channel", "agent", "storage", "domain"] as const;
export type PluginKind = (typeof kinds)[number];

/** What a scaffold needs to know. */
export interface Answers {
  /** In lower case with hyphens, e.g. `night-pager`. */
  readonly name: string;
  readonly kind: PluginKind;
  /** With its `@`; null for a package without one. */
  readonly scope: string | null;
}

/** `@acme/hybrid-channel-pager` */
export function packageNameOf({ name, kind, scope }: Answers): string {
  const unscoped = `hybrid-${kind}-${name}`;
  return scope === null ? unscoped : `${scope}/${unscoped}`;
}

/**
 * The answers, checked.
 * @throws OrchestratorError `invalid_argument`.
 */
export function parseAnswers(given: { name?: string; kind?: string; scope?: string }): Answers {
  const { name = "", kind = "", scope } = given;
  // It becomes a part of identifiers, so it begins with a letter.
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw invalid(`The name ${JSON.stringify(name)} must be lower case with hyphens, e.g. night-pager.`);
  const known = kinds.find((one) => one === kind);
  if (known === undefined) {
    throw invalid(
      `The kind ${JSON.stringify(kind)} must be one of ${kinds.join(", ")}${suggestName(kind, kinds)}.`,
    );
  }
  const answers: Answers = { name, kind: known, scope: scope === undefined ? null : withAt(scope) };
  const { validForNewPackages, errors = [], warnings = [] } = validatePackageName(packageNameOf(answers));
  if (!validForNewPackages)
    throw invalid(
      `npm does not take the name ${packageNameOf(answers)}: ${[...errors, ...warnings].join("; ")}.`,
    );
  return answers;
}

function withAt(scope: string): string {
  return scope.startsWith("@") ? scope : `@${scope}`;
}

function invalid(message: string): OrchestratorError {
  return new OrchestratorError("invalid_argument", message);
}
