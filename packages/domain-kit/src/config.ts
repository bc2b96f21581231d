import { z } from "zod";

const name = z.string().min(1).max(100);

/** The workflows that a domain looks at. Default: null, any. */
export const workflowsSchema = z.array(name).min(1).nullable().default(null);

/** Which channels suit each of a domain's needs, best first; an empty list leaves the need to the hub. */
export function channelsSchema<Need extends string>(defaults: Readonly<Record<Need, readonly string[]>>) {
  const shape = Object.fromEntries(
    Object.entries<readonly string[]>(defaults).map(([need, channels]) => [
      need,
      z
        .array(name)
        .max(20)
        .default(() => [...channels]),
    ]),
  );
  return z.strictObject(shape as Record<Need, z.ZodDefault<z.ZodArray<z.ZodString>>>).prefault({} as never);
}
