import {
  type EventListener,
  type EventName,
  errorMessage,
  type NewEvent,
  type OrchestratorEvent,
  type SessionChange,
} from "@hybrid-orchestrator/core";

type AnyListener = (event: OrchestratorEvent) => void | Promise<void>;

/** Tells listeners of this process what was committed. A listener that fails harms nobody else. */
export class EventBus {
  readonly #listeners = new Map<EventName, Set<AnyListener>>();

  /** The returned function ends the subscription. */
  on<Name extends EventName>(name: Name, listener: EventListener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    const any = listener as AnyListener;
    listeners.add(any);
    return () => listeners.delete(any);
  }

  has(name: EventName): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  emit(event: OrchestratorEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) this.#call(listener, event);
  }

  /** The events of one commit, in the order in which the storage keeps them, each at the time of its decision. */
  emitChange(change: SessionChange): void {
    if (this.#listeners.size === 0) return;
    const { id: sessionId, activities = [], firings = [], events = [] } = change;
    const created = events[0]?.type === "session.created";
    const emit = (event: NewEvent): void => this.emit({ ...event, sessionId } as OrchestratorEvent);
    for (const event of events.slice(0, created ? 1 : 0)) emit(event);
    if (this.has("activity.recorded")) {
      for (const data of activities)
        this.emit({ type: "activity.recorded", sessionId, at: data.createdAt, data });
    }
    for (const data of firings) this.emit({ type: "trigger.fired", sessionId, at: data.decidedAt, data });
    for (const event of events.slice(created ? 1 : 0)) emit(event);
  }

  #call(listener: AnyListener, event: OrchestratorEvent): void {
    const failed = (error: unknown): void => {
      // A failing listener for failures must not call itself.
      if (event.type === "listener.failed") return;
      this.emit({
        type: "listener.failed",
        sessionId: event.sessionId,
        at: event.at,
        data: { event: event.type, error: errorMessage(error) },
      });
    };
    try {
      const result = listener(event);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
