import type {
  ActionFunction,
  ActivityParser,
  BlockerDetector,
  Clock,
  JsonObject,
  Plugin,
  PluginSessions,
  Role,
  TriggerInput,
} from "@hybrid-orchestrator/core";

/** What one line of business brings. All names but the plugin's begin with the domain's, e.g. `financial.stalled`. */
export interface Domain {
  readonly name: string;
  /** Of the sessions that its rules and detectors look at. Null: any. */
  readonly workflows: readonly string[] | null;
  readonly triggers: readonly TriggerInput[];
  readonly roles: readonly Role[];
  /** Which channels suit a need, best first. */
  readonly channels: Readonly<Record<string, readonly string[]>>;
  /** Made with the orchestrator's clock, since an activity may not lie in the future. */
  readonly parsers: Readonly<Record<string, (clock: Clock) => ActivityParser>>;
  readonly detectors: Readonly<Record<string, BlockerDetector>>;
  /** Actions that its triggers name, made with what reaches sessions. */
  readonly actions?: Readonly<Record<string, (sessions: PluginSessions) => ActionFunction>>;
  /** Who is told when, and what comes after, where a human is wanted. */
  readonly policies?: Readonly<Record<string, JsonObject>>;
}

/** The plugin that registers a domain. */
export function domainPlugin(domain: Domain): Plugin {
  const { name, workflows } = domain;
  return {
    specVersion: 1,
    name,
    setup(host) {
      for (const role of domain.roles) host.role(role);
      for (const trigger of domain.triggers)
        host.trigger(workflows === null ? trigger : { ...trigger, filter: { workflow: [...workflows] } });
      for (const [need, channels] of Object.entries(domain.channels))
        if (channels.length > 0) host.channelPreference(need, channels);
      for (const [parser, create] of Object.entries(domain.parsers))
        host.activityParser(parser, create(host.clock));
      for (const [detector, detect] of Object.entries(domain.detectors))
        host.blockerDetector(detector, (input) =>
          workflows === null || workflows.includes(input.session.workflow) ? detect(input) : [],
        );
      for (const [action, create] of Object.entries(domain.actions ?? {}))
        host.action(action, create(host.sessions));
      for (const [policy, body] of Object.entries(domain.policies ?? {})) host.policy(policy, body);
    },
  };
}
