import { actionSchema, conditionSchema, triggerSchema } from "@hybrid-orchestrator/core";
import type { z } from "zod";
import { isObject } from "../json-tools.js";
import { conditionNames, flatActionKeys, flatConditionKeys, triggerNames } from "./legacy-names.js";

type Shape = Readonly<Record<string, unknown>>;
type Variants = ReadonlyMap<string, readonly string[]>;

function variantsOf(union: z.ZodType): Variants {
  const { options } = union as unknown as { readonly options: readonly { readonly shape: Shape }[] };
  return new Map(
    options.map(({ shape }) => {
      const { value } = shape.type as { readonly value: string };
      return [value, Object.keys(shape)];
    }),
  );
}

/** The members of each type of condition, as core's schema has them. */
export const conditionKeys: Variants = variantsOf(conditionSchema);
/** The members of each type of action, as core's schema has them. */
export const actionKeys: Variants = variantsOf(actionSchema);
export const triggerKeys: readonly string[] = Object.keys(triggerSchema.shape);

const stepKeys = ["activity", "field", "data"];
const keysByPlace: Readonly<Record<string, readonly string[]>> = {
  filter: ["workflow", "metadata"],
  mode: ["holdout", "salt"],
  step: stepKeys,
  without: stepKeys,
  steps: [...stepKeys, "optional", "adjacent"],
};

/** The names that may stand in the object at `path`; none where nothing is known about it. */
export function keysAt(path: readonly (string | number)[], value: unknown): readonly string[] {
  if (path.length === 0) return triggerKeys;
  const place = path.findLast((key) => typeof key === "string") ?? "";
  const own = keysByPlace[String(place)];
  if (own !== undefined) return own;
  const type = isObject(value) && typeof value.type === "string" ? value.type : "";
  const variants = path[0] === "action" ? actionKeys : conditionKeys;
  return variants.get(type) ?? [];
}

/** The names of the older forms that may stand in the place of those at `path`. */
export function olderKeysAt(path: readonly (string | number)[], value: unknown): readonly string[] {
  if (path.length === 0) return [...Object.keys(triggerNames), ...flatConditionKeys, ...flatActionKeys];
  const names = path[0] === "condition" ? (conditionNames["*"] ?? {}) : {};
  const known = keysAt(path, value);
  return Object.keys(names).filter((older) => known.includes(names[older] ?? ""));
}
