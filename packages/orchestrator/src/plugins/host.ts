import type { Plugin, PluginHost } from "@hybrid-orchestrator/core";
import type { ActivitiesApi } from "../api/activities.js";
import type { MessagesApi } from "../api/messages.js";
import type { Runtime } from "../runtime.js";
import type { HostFactory } from "./lifecycle.js";

/** Gives each plugin its host, and takes back what it registered when it stops. */
export function createHost(runtime: Runtime, activities: ActivitiesApi, messages: MessagesApi): HostFactory {
  const { registry, settings, hub } = runtime;
  const undo = new Map<string, (() => void)[]>();
  return {
    host(plugin, onStop, signal): PluginHost {
      const { name } = plugin;
      const undos: (() => void)[] = [];
      undo.set(name, undos);
      return {
        logger: settings.logger,
        clock: settings.clock,
        signal,
        receive: (message) => activities.receive(message),
        reportStatus: (report) => messages.report(report),
        channel(channel) {
          hub.register(channel);
          undos.push(() => hub.unregister(channel.name));
        },
        agent: (agent) => registry.agents.add(agent.name, agent, name),
        trigger: (trigger) => void runtime.addTrigger(trigger, name),
        condition: (condition, evaluate) => registry.conditions.add(condition, evaluate, name),
        action: (action, run) => registry.actions.add(action, run, name),
        role: (role) => registry.roles.add(role.name, role, name),
        policy: (policy, body) => registry.policies.add(policy, body, name),
        channelPreference(need, channels) {
          undos.push(hub.prefer(need, channels));
        },
        activityParser: (parser, parse) => registry.parsers.add(parser, parse, name),
        blockerDetector: (detector, detect) => registry.detectors.add(detector, detect, name),
        route: (route) =>
          registry.routes.add(
            `${route.method} /hooks/${name}${route.path}`,
            { ...route, plugin: name },
            name,
          ),
        on(event, listener) {
          undos.push(runtime.bus.on(event, listener));
        },
        sink: (sink, write) => runtime.sinks.add(sink, name, write),
        onStop,
      };
    },
    unregister({ name }: Plugin) {
      for (const one of (undo.get(name) ?? []).reverse()) one();
      undo.delete(name);
      registry.deleteOf(name);
      runtime.removeTriggersOf(name);
      runtime.sinks.deleteOf(name);
    },
  };
}
