import type { Activity, Firing, Storage, StoredEvent } from "@hybrid-orchestrator/core";
import type { LogEntry } from "./database.js";
import { badCursor, checkLimit } from "./paging.js";
import type { Reader } from "./reader.js";

/** The log as events: what was recorded and what fired are events as well. */
export function eventsOf(reader: Reader): Pick<Storage, "readEvents" | "lastEventCursor"> {
  return {
    async readEvents({ after, sessionId, limit }) {
      checkLimit(limit);
      if (typeof after === "string" && !/^\d{1,15}$/.test(after)) throw badCursor();
      const events = reader.database.log
        .filter(({ position }) => position > Number(after ?? 0))
        .filter((entry) => sessionId === undefined || entry.sessionId === sessionId)
        .slice(0, limit)
        .map((entry) => eventOf(reader, entry));
      return { events, cursor: events.at(-1)?.cursor ?? after ?? "0" };
    },
    async lastEventCursor() {
      return String(reader.database.position);
    },
  };
}

function eventOf({ unseal }: Reader, { kind, sessionId, text, position }: LogEntry): StoredEvent {
  const place = { sessionId, cursor: String(position) };
  switch (kind) {
    case "activity": {
      const data = unseal<Activity>("activity", sessionId, text);
      return { type: "activity.recorded", at: data.createdAt, data, ...place };
    }
    case "firing": {
      const data = unseal<Firing>("firing", sessionId, text);
      return { type: "trigger.fired", at: data.decidedAt, data, ...place };
    }
    case "event":
      return { ...unseal<StoredEvent>("event", sessionId, text), ...place };
  }
}
