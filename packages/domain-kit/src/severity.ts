import { type Severity, severitySchema } from "@hybrid-orchestrator/core";

/** How heavy something is that has gone past its threshold: as given, and one step more at twice the threshold. */
export function severityPast(ratio: number, base: Severity): Severity {
  const steps = severitySchema.options;
  const place = steps.indexOf(base) + (ratio >= 2 ? 1 : 0);
  return steps[Math.min(place, steps.length - 1)] ?? base;
}
