import {
  type LocalizedText,
  type TriggerInput,
  type TriggerMode,
  triggerModeSchema,
  triggerSchema,
} from "@hybrid-orchestrator/core";
import { z } from "zod";

const text = z.string().min(1).max(20_000);
/** One text for everybody, or texts for some languages, which go before the domain's own. */
const messageSchema = z.union([text, z.record(z.string(), text)]);
const channelSchema = z.string().min(1).max(100);

/** What a rule takes that tells the user something. */
export const tellsUser = { message: messageSchema.optional(), channel: channelSchema.optional() };
/** What a rule takes that tells workers something. */
export const tellsWorkers = {
  workerMessage: messageSchema.optional(),
  workerChannel: channelSchema.optional(),
};

/** A positive number of seconds, at most ten years. */
export const seconds = z
  .number()
  .positive()
  .max(10 * 365 * 86_400);
/** How often something must happen. */
export const times = z.number().int().min(1).max(1_000);

/** The options of one rule: whether it is there, its limits and mode, and what is given, which all needs defaults. */
export function ruleSchema<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .strictObject({
      enabled: z.boolean().default(true),
      mode: triggerModeSchema.optional(),
      maxFires: triggerSchema.shape.maxFires.removeDefault().optional(),
      cooldownSeconds: triggerSchema.shape.cooldownSeconds.removeDefault().optional(),
      ...shape,
    })
    .prefault({} as never);
}

/** What {@link rule} reads of a rule's options. */
export interface RuleSettings {
  readonly enabled: boolean;
  readonly mode?: TriggerMode | undefined;
  readonly maxFires?: number | undefined;
  readonly cooldownSeconds?: number | undefined;
  readonly message?: MessageOverride | undefined;
  readonly channel?: string | undefined;
  readonly workerMessage?: MessageOverride | undefined;
  readonly workerChannel?: string | undefined;
}
type MessageOverride = z.output<typeof messageSchema>;
type ActionInput = Extract<TriggerInput["action"], { type: string }>;

/** The trigger as its options want it: in a list that is empty where the rule is switched off. */
export function rule(settings: RuleSettings, trigger: TriggerInput): readonly TriggerInput[] {
  if (!settings.enabled) return [];
  const { mode, maxFires, cooldownSeconds } = settings;
  return [
    {
      ...trigger,
      action: [trigger.action].flat().map((action) => addressed(action, settings)),
      ...(mode !== undefined && { mode }),
      ...(maxFires !== undefined && { maxFires }),
      ...(cooldownSeconds !== undefined && { cooldownSeconds }),
    },
  ];
}

function addressed(action: ActionInput, settings: RuleSettings): ActionInput {
  if (action.type !== "send") return action;
  const forWorkers = action.to === "worker";
  const channel = forWorkers ? settings.workerChannel : settings.channel;
  const message = forWorkers ? settings.workerMessage : settings.message;
  return {
    ...action,
    ...(channel !== undefined && { channel }),
    ...(message !== undefined && { message: overridden(action.message, message) }),
  };
}

function overridden(own: LocalizedText | undefined, given: MessageOverride): LocalizedText {
  if (typeof given === "string") return given;
  return { ...(typeof own === "object" ? own : own === undefined ? {} : { default: own }), ...given };
}
