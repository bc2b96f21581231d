import { isOpen, type Storage } from "@hybrid-orchestrator/core";
import type { Reader } from "./reader.js";

type Work = Pick<
  Storage,
  "claimSessions" | "findSessionsOfOtherRules" | "claimEffects" | "nextWakeAt" | "heartbeat"
>;

/** What is due, and which processes there are to do it. */
export function workOf(reader: Reader): Work {
  const { sessions, nodes } = reader.database;
  const records = () => [...sessions.values()].map(({ record }) => record);
  return {
    async claimSessions({ now, limit, exceptRules }) {
      return records()
        .filter(({ dueAt, rulesHash }) => dueAt !== null && dueAt <= now && !exceptRules.includes(rulesHash))
        .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
        .slice(0, limit)
        .map(({ id }) => id);
    },
    async findSessionsOfOtherRules({ rulesHash, exceptRules, limit }) {
      return records()
        .filter(({ status }) => isOpen(status) || status === "abandoned")
        .filter((record) => record.rulesHash !== rulesHash && !exceptRules.includes(record.rulesHash))
        .slice(0, limit)
        .map(({ id }) => id);
    },
    async claimEffects({ now, lanes, otherLanes }) {
      const due = reader
        .allEffects()
        .map(({ item }) => item)
        .filter(({ dueAt }) => dueAt !== null && dueAt <= now)
        .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0));
      const named = Object.entries(lanes).flatMap(([lane, count]) =>
        due.filter((effect) => effect.lane === lane).slice(0, count),
      );
      const others = due.filter(({ lane }) => !Object.hasOwn(lanes, lane)).slice(0, otherLanes);
      return [...named, ...others].map(({ id, sessionId, kind, lane }) => ({ id, sessionId, kind, lane }));
    },
    async nextWakeAt() {
      return {
        sessions: earliest(records().map(({ dueAt }) => dueAt)),
        effects: earliest(reader.allEffects().map(({ item }) => item.dueAt)),
      };
    },
    async heartbeat({ node, rulesHash, now, ttlMs }) {
      nodes.set(node, { rulesHash, expiresAt: now + ttlMs });
      const living = [...nodes.values()].filter(({ expiresAt }) => expiresAt > now);
      return [...new Set(living.map((other) => other.rulesHash))].filter((rules) => rules !== rulesHash);
    },
  };
}

function earliest(times: readonly (number | null)[]): number | null {
  return times.reduce((first, at) => (first === null || (at !== null && at < first) ? at : first), null);
}
