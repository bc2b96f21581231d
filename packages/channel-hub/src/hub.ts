import {
  type Channel,
  type ChannelCapabilities,
  channelCapabilitiesSchema,
  type Message,
  OrchestratorError,
  parseWith,
  type Recipient,
} from "@hybrid-orchestrator/core";
import { withheld } from "./begin.js";
import { choose } from "./choose.js";
import { unroutable } from "./delivery.js";
import type { Obstacles } from "./obstacle.js";
import {
  type ChannelSettings,
  type ChannelSettingsInput,
  channelDefaults,
  channelSettingsSchema,
  type HubPolicyInput,
  readPolicy,
} from "./policy.js";
import { planRoute, type RoutableMessage, type RoutePlan } from "./route.js";
import type { ChannelView, HubViews, SessionView } from "./views.js";

export interface ChannelHubOptions {
  readonly policy?: HubPolicyInput;
  /** Channels by need, before the policy's table and before those that plugins prefer. */
  readonly preferences?: Readonly<Record<string, readonly string[]>>;
}

export interface ChannelListing {
  readonly name: string;
  readonly enabled: boolean;
  readonly priority: number;
  readonly capabilities: ChannelCapabilities;
}

/** A message that may not be complete yet. */
export type PreviewMessage = Omit<RoutableMessage, "recipient" | "kind"> &
  Partial<Pick<Message, "kind" | "validWhile" | "whileHuman" | "automated">>;

/** Under which circumstances a message would leave. */
export interface PreviewOptions {
  readonly session?: SessionView;
  /** What stands in the way of channels, as far as that is known. */
  readonly obstacles?: Obstacles;
  /** Why nothing may leave, where something outside the session says so. */
  readonly withheld?: string | null;
}

/** What would happen to a message: its channels in order, and why it would not leave at all, where that is so. */
export interface Preview extends RoutePlan {
  readonly withheld: string | null;
  /** Where no channel takes it at once: until when it would wait, and for which. */
  readonly waits: { readonly channel: string; readonly until: number } | null;
}

/** The registered channels and how they are used. Holds no messages; what it decides with lies in `views()`. */
export interface ChannelHub {
  /**
   * Adds a channel. What is given here wins over the policy's entry for that name, and that over the defaults.
   * @throws OrchestratorError `duplicate_name`, `plugin_incompatible` or `invalid_argument`.
   */
  register(channel: Channel, settings?: ChannelSettingsInput): void;
  /** Whether it was there. What waits for it is sent another way. */
  unregister(name: string): boolean;
  get(name: string): Channel | undefined;
  /** In order of priority, then name. */
  list(): readonly ChannelListing[];
  /** Puts channels before the policy's for a need. The returned function takes it back. */
  prefer(need: string, channels: readonly string[]): () => void;
  preview(
    message: PreviewMessage,
    recipient: Recipient,
    options: PreviewOptions & { readonly now: number },
  ): Preview;
  /** What decisions need to know, as it is now. Changes with the next registration and not before. */
  views(): HubViews;
}

interface Registration {
  readonly channel: Channel;
  readonly view: ChannelView;
}

/** @throws OrchestratorError `invalid_configuration` that lists every mistake in the policy. */
export function createChannelHub({
  policy: policyInput = {},
  preferences = {},
}: ChannelHubOptions = {}): ChannelHub {
  const policy = readPolicy(policyInput);
  const registrations = new Map<string, Registration>();
  const preferred = Object.entries(preferences).map(([need, channels]) => ({ need, channels }));
  let views: HubViews | null = null;

  function currentViews(): HubViews {
    views ??= {
      policy,
      channels: new Map(
        [...registrations.values()]
          .map(({ view }) => view)
          .sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1))
          .map((view) => [view.name, view]),
      ),
      preferences: byNeed(preferred),
    };
    return views;
  }

  return {
    register(channel, settings = {}) {
      const { name } = channel;
      checkName(name);
      if (registrations.has(name)) {
        throw new OrchestratorError(
          "duplicate_name",
          `A channel named ${name} is registered. Give the second one a name of its own.`,
        );
      }
      const given = parseWith(channelSettingsSchema, settings, { name: `settings of channel ${name}` });
      const entry = Object.hasOwn(policy.channels, name) ? policy.channels[name] : undefined;
      registrations.set(name, {
        channel,
        view: viewOf(channel, { ...channelDefaults, ...defined(entry), ...defined(given) }),
      });
      views = null;
    },
    unregister(name) {
      views = null;
      return registrations.delete(name);
    },
    get: (name) => registrations.get(name)?.channel,
    list: () =>
      [...currentViews().channels.values()].map(({ name, enabled, priority, capabilities }) => ({
        name,
        enabled,
        priority,
        capabilities,
      })),
    prefer(need, channels) {
      const entry = { need, channels: [...channels] };
      preferred.push(entry);
      views = null;
      return () => {
        const index = preferred.indexOf(entry);
        if (index !== -1) preferred.splice(index, 1);
        views = null;
      };
    },
    preview(message, recipient, { now, session, obstacles, withheld: outside = null }) {
      const { kind = "prompt", validWhile = "always", whileHuman = "drop", automated = false } = message;
      const input = {
        message: { ...message, kind, recipient },
        views: currentViews(),
        now,
        obstacles,
      };
      const choice = choose({
        ...input,
        deadlineAt: now + policy.deadlineMs[message.urgency],
        channelDeadlineAt: now + policy.channelDeadlineMs[message.urgency],
        tried: false,
      });
      const inside =
        session === undefined ? null : withheld({ validWhile, whileHuman, automated }, null, session);
      return {
        ...planRoute(input),
        withheld: inside ?? outside,
        waits: choice.kind === "wait" ? { channel: choice.step.channel, until: choice.obstacle.until } : null,
      };
    },
    views: currentViews,
  };
}

function viewOf(channel: Channel, settings: ChannelSettings): ChannelView {
  const { name } = channel;
  parseWith(channelCapabilitiesSchema, channel.capabilities, {
    name: `capabilities of channel ${name}`,
    code: "plugin_incompatible",
  });
  if (typeof channel.send !== "function") {
    throw new OrchestratorError("plugin_incompatible", `Channel ${name} has no send method.`);
  }
  return {
    ...settings,
    name,
    // A copy: decisions must not change because a channel changes its mind.
    capabilities: { ...channel.capabilities },
    canReach(recipient) {
      // Opt-outs are kept by address: a channel that throws when it is asked for one is not used for this recipient.
      channel.destination?.(recipient);
      return channel.canReach === undefined || channel.canReach(recipient);
    },
    matchesUrgency: (urgency) => channel.matchesUrgency === undefined || channel.matchesUrgency(urgency),
    destination: (recipient) => destinationOf(channel, recipient),
  };
}

/** By the recipient's id where the channel names no address, and where it fails: it cannot be reached then. */
function destinationOf(channel: Channel, recipient: Recipient): string {
  try {
    const destination: unknown = channel.destination?.(recipient);
    if (typeof destination === "string" && destination !== "") return destination;
  } catch {
    return recipient.id;
  }
  return recipient.id;
}

const takenLanes: readonly string[] = [unroutable, "staffing", "rewrite"];

/** Lanes are named after channels, and these lanes are taken. */
function checkName(name: unknown): void {
  if (typeof name !== "string" || name.length === 0 || name.length > 100) {
    throw new OrchestratorError(
      "plugin_incompatible",
      `A channel's name must be a text of 1 to 100 characters, not ${typeof name === "string" ? `one of ${name.length}` : typeof name}.`,
    );
  }
  if (takenLanes.includes(name) || name.startsWith("agent:") || name.startsWith("action:")) {
    throw new OrchestratorError(
      "plugin_incompatible",
      `A channel cannot be named ${name}: that name is used for something else.`,
    );
  }
}

function byNeed(
  entries: readonly { readonly need: string; readonly channels: readonly string[] }[],
): Record<string, readonly string[]> {
  const table = new Map<string, readonly string[]>();
  for (const { need, channels } of entries) table.set(need, [...(table.get(need) ?? []), ...channels]);
  return Object.fromEntries(table);
}

/** Without the members that are undefined, so that they do not hide what is below. */
function defined(settings: Readonly<Record<string, unknown>> = {}): Partial<ChannelSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
