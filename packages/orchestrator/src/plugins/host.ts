import { OrchestratorError, type Plugin, type PluginHost } from "@hybrid-orchestrator/core";
import { InboundApi } from "../api/inbound.js";
import type { Runtime } from "../runtime.js";
import type { HostFactory } from "./lifecycle.js";
import { type Apis, pluginSessions } from "./plugin-sessions.js";

/** Gives each plugin its host, and takes back what it registered when it stops. */
export function createHost(runtime: Runtime, apis: Apis): HostFactory {
  const { registry, settings, hub } = runtime;
  const inbound = new InboundApi(runtime, apis);
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
        receive: (message) => inbound.receive(message),
        reportStatus: (report) => apis.messages.report(report),
        sessions: pluginSessions(runtime, apis, name),
        channel(channel) {
          hub.register(channel);
          undos.push(() => hub.unregister(channel.name));
        },
        agent: (agent) => registry.agents.add(agent.name, agent, name),
        tool: (tool) => registry.tools.add(tool.name, tool, name),
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
        route(route) {
          if (route.path !== "" && !route.path.startsWith("/"))
            throw new OrchestratorError(
              "invalid_argument",
              `The path ${route.path} of a route of plugin ${name} must begin with a slash.`,
            );
          const address = `${route.method} /hooks/${name}${route.path}`;
          registry.routes.add(address, { ...route, plugin: name }, name);
        },
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
