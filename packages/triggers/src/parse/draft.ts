import type { Issue } from "@hybrid-orchestrator/core";
import { isObject } from "../json-tools.js";
import type { Path } from "./issues.js";

/** A member of a definition, under the name it shall have, and where its author wrote it. */
export interface Member {
  readonly key: string;
  readonly value: unknown;
  readonly source: Path;
}

/** One definition while it is converted: remembers where each part came from, so that mistakes are shown there. */
export class Draft {
  readonly issues: Issue[] = [];
  readonly #sources = new Map<string, Path>();

  constructor(private readonly root: Path) {}

  /** An object of these members; `path` is its place in what is made. */
  object(path: Path, members: readonly Member[]): Record<string, unknown> {
    const made = new Map<string, Member>();
    for (const member of members) {
      const earlier = made.get(member.key);
      if (earlier === undefined) {
        made.set(member.key, member);
        this.from([...path, member.key], member.source);
      } else {
        this.issues.push({
          path: member.source,
          message: `says the same as ${String(earlier.source.at(-1))}; give one of them`,
        });
      }
    }
    return Object.fromEntries([...made].map(([key, { value }]) => [key, value]));
  }

  /** Notes that what stands at `path` was written at `source`. */
  from(path: Path, source: Path): void {
    this.#sources.set(JSON.stringify(path), source);
  }

  /** Where the author wrote what stands at `path`. */
  toSource(path: Path): Path {
    for (let length = path.length; length > 0; length--) {
      const source = this.#sources.get(JSON.stringify(path.slice(0, length)));
      if (source !== undefined) return [...source, ...path.slice(length)];
    }
    return [...this.root, ...path];
  }
}

export function membersOf(object: object, source: Path): Member[] {
  return Object.entries(object).map(([key, value]) => ({ key, value, source: [...source, key] }));
}

/** The members, with those of `params` in its place. */
export function hoistParams(members: readonly Member[]): {
  readonly members: Member[];
  readonly hasParams: boolean;
} {
  const isParams = ({ key, value }: Member) => key === "params" && isObject(value);
  return {
    members: members.flatMap((member) =>
      isParams(member) ? membersOf(member.value as object, member.source) : [member],
    ),
    hasParams: members.some(isParams),
  };
}

/** Names of types and statuses may be written in capitals. */
export function lowerCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCase);
  return typeof value === "string" && /^[A-Z][A-Z_]*$/.test(value) ? value.toLowerCase() : value;
}
