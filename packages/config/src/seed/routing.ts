import type { HubPolicyInput } from "@hybrid-orchestrator/channel-hub";
import { urgencies, urgencySchema } from "@hybrid-orchestrator/core";
import { z } from "zod";

const name = z.string().min(1).max(100);
const names = z.array(name).max(50);

/** Routes in the older, snake-cased form. */
export const routingSchema = z.strictObject({
  /** The route of every urgency that `urgency_routing` leaves out. */
  default_channel: name.optional(),
  urgency_routing: z.partialRecord(urgencySchema, names).optional(),
  fallback_enabled: z.boolean().optional(),
  fallback_channels: names.optional(),
});

/** The same as the hub's policy has it. */
export function policyOf({
  default_channel,
  urgency_routing = {},
  fallback_enabled,
  fallback_channels,
}: z.output<typeof routingSchema>): HubPolicyInput {
  const defaults =
    default_channel === undefined ? [] : urgencies.map((urgency) => [urgency, [default_channel]] as const);
  const urgencyRoutes = { ...Object.fromEntries(defaults), ...urgency_routing };
  return {
    ...(Object.keys(urgencyRoutes).length > 0 && { urgencyRoutes }),
    ...(fallback_enabled !== undefined && { fallback: fallback_enabled }),
    ...(fallback_channels !== undefined && { fallbackChannels: fallback_channels }),
  };
}
