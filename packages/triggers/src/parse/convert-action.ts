import { type Draft, hoistParams, lowerCase, type Member } from "./draft.js";
import type { Path } from "./issues.js";
import { escalateActions, sendActions } from "./legacy-names.js";

interface ActionContext {
  readonly draft: Draft;
  /** In the flat form an escalation names the channel on which people hear of it. */
  readonly flat: boolean;
  /** Of messages that name none. */
  readonly urgency: string | null;
}

/** An action in our own form; an escalation that names a channel becomes two. */
export function convertAction(given: readonly Member[], path: Path, context: ActionContext): unknown {
  const { draft } = context;
  const typeMember = given.find(({ key }) => key === "type");
  const type = lowerCase(typeMember?.value);
  // A custom action has parameters of its own.
  const { members } = type === "custom" ? { members: [...given] } : hoistParams(given);
  const rest = members
    .filter((member) => member !== typeMember)
    .map((member) => (member.key === "urgency" ? { ...member, value: lowerCase(member.value) } : member));
  const typed = (value: unknown): Member[] => (typeMember === undefined ? [] : [{ ...typeMember, value }]);

  if (typeof type === "string" && Object.hasOwn(sendActions, type)) {
    return draft.object(path, [...typed("send"), ...sendMembers(type, rest, context)]);
  }
  const names = (key: string) => rest.find((member) => member.key === key);
  const escalates =
    typeof type === "string" && (escalateActions.has(type) || (context.flat && type === "escalate"));
  if (!escalates) return draft.object(path, [...typed(type), ...rest]);

  const message = names("message");
  const channel = names("channel");
  const others = rest.filter((member) => member !== message && member !== channel);
  const reason = message === undefined ? [] : [{ ...message, key: "reason" }];
  // On a call the one who takes over is connected; on any other channel people must first hear of it.
  const tells = channel !== undefined && channel.value !== "voice";
  if (!tells) return draft.object(path, [...typed("escalate"), ...reason, ...others]);
  const to: Member = { key: "to", value: "worker", source: channel.source };
  const text = message === undefined ? [] : [message];
  return [
    draft.object([...path, 0], [...typed("escalate"), ...reason, ...others]),
    draft.object([...path, 1], [...typed("send"), to, channel, ...text]),
  ];
}

function sendMembers(type: string, rest: readonly Member[], { urgency }: ActionContext): Member[] {
  const defaults = sendActions[type] ?? {};
  const channel = rest.find(({ key }) => key === "channel");
  const has = (name: string) => rest.some(({ key }) => key === name);
  const add = (key: string, value: unknown): Member[] =>
    value === undefined || value === null || has(key) ? [] : [{ key, value, source: [] }];
  const to = channel?.value === "dashboard" ? "worker" : defaults.to;
  return [...rest, ...add("channel", defaults.channel), ...add("to", to), ...add("urgency", urgency)];
}
