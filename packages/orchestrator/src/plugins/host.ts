import { OrchestratorError, type Plugin, type PluginHost } from "@hybrid-orchestrator/core";
import { parseTrigger } from "@hybrid-orchestrator/triggers";
import type { ActivitiesApi } from "../api/activities.js";
import type { MessagesApi } from "../api/messages.js";
import { checkTriggerTexts } from "../api/trigger-texts.js";
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
        trigger(input) {
          const trigger = parseTrigger(input);
          checkTriggerTexts(trigger, settings.resumeUrl !== undefined);
          if (runtime.hasTrigger(trigger.name)) {
            throw new OrchestratorError(
              "duplicate_name",
              `Plugin ${name} brings a trigger named ${trigger.name}, which exists already.`,
            );
          }
          runtime.addTrigger(trigger, name);
        },
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
