import {
  OrchestratorError,
  type OrchestratorEvent,
  type Plugin,
  type PluginHost,
} from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { describe, expect, it } from "vitest";
import { channelPlugin, codeOf, harness, recordingChannel, track } from "./harness.js";

function plugin(
  name: string,
  log: string[],
  setup: (host: PluginHost) => void | Promise<void> = () => undefined,
): Plugin {
  return {
    specVersion: 1,
    name,
    setup(host) {
      log.push(`start ${name}`);
      host.onStop(() => {
        log.push(`stop ${name}`);
      });
      return setup(host);
    },
  };
}

describe("plugins", () => {
  it("start in order and stop in reverse", async () => {
    const log: string[] = [];
    const { orchestrator } = await harness({ plugins: [plugin("a", log), plugin("b", log)] });
    await orchestrator.stop();
    expect(log).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  it("leave nothing running when one cannot start, and may be started again", async () => {
    const log: string[] = [];
    let broken = true;
    const b = plugin("b", log, (host) => {
      host.channel(recordingChannel("from-b", []));
      if (broken) throw new Error("no network");
    });
    const orchestrator = track(
      createOrchestrator({ storage: sqliteStorage({ path: ":memory:" }), plugins: [plugin("a", log), b] }),
    );
    await expect(orchestrator.start()).rejects.toMatchObject({
      code: "plugin_failed",
      message: expect.stringContaining("no network"),
    });
    expect(log).toEqual(["start a", "start b", "stop b", "stop a"]);
    expect(orchestrator.channels.list()).toEqual([]);
    broken = false;
    await orchestrator.start();
    expect(orchestrator.channels.list().map(({ name }) => name)).toEqual(["from-b"]);
  });

  it("are checked when they are added", () => {
    const make = (...plugins: unknown[]) =>
      createOrchestrator({ storage: sqliteStorage({ path: ":memory:" }), plugins: plugins as Plugin[] });
    const codeOfMake = (...plugins: unknown[]) => {
      try {
        make(...plugins);
        return null;
      } catch (error) {
        return OrchestratorError.isInstance(error) ? error.code : error;
      }
    };
    expect(codeOfMake({ specVersion: 2, name: "x", setup: () => undefined })).toBe("plugin_incompatible");
    expect(codeOfMake(() => undefined)).toBe("plugin_incompatible");
    const ok = { specVersion: 1, name: "x", setup: () => undefined };
    expect(codeOfMake(ok, { ...ok })).toBe("duplicate_name");
  });

  it("bring two channels of one kind under two names; a third under a taken name is refused", async () => {
    const { orchestrator } = await harness({
      plugins: [channelPlugin(recordingChannel("hook-1", [])), channelPlugin(recordingChannel("hook-2", []))],
    });
    expect(
      orchestrator.channels
        .list()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["hook-1", "hook-2", "test"]);
    const again: Plugin = {
      specVersion: 1,
      name: "again",
      setup: (host) => host.channel(recordingChannel("hook-1", [])),
    };
    expect(await codeOf(orchestrator.use(again))).toBe("duplicate_name");
    await orchestrator.use(channelPlugin(recordingChannel("hook-3", [])));
    expect(orchestrator.channels.list()).toHaveLength(4);
    expect(orchestrator.channels.unregister("hook-3")).toBe(true);
    expect(orchestrator.channels.unregister("hook-3")).toBe(false);
  });

  it("bring conditions and triggers that are in force at once", async () => {
    const domain: Plugin = {
      specVersion: 1,
      name: "domain",
      setup(host) {
        host.condition("is_vip", ({ session }) => session.metadata.vip === true);
        host.trigger({
          name: "vip",
          condition: { type: "custom", evaluate: "is_vip" },
          action: { type: "ui_action", action: "greet" },
        });
        host.role({ name: "advisor", kind: "human" });
        host.activityParser("crm", (input) => [{ type: "crm_event", data: { input } }]);
        host.blockerDetector("docs", ({ session }) =>
          session.metadata.docs === false
            ? [{ kind: "dependency", severity: "high", description: "Documents are missing." }]
            : [],
        );
        host.blockerDetector("broken", () => {
          throw new Error("x");
        });
      },
    };
    const { orchestrator } = await harness({
      plugins: [domain],
      triggers: [
        {
          name: "mine",
          condition: { type: "custom", evaluate: "is_vip" },
          action: { type: "ui_action", action: "x" },
        },
      ],
    });
    const { id } = await orchestrator.createSession({ metadata: { vip: true, docs: false } });
    expect(await orchestrator.ingest(id, "crm", "a call")).toMatchObject([
      { type: "crm_event", data: { input: "a call" } },
    ]);
    expect(await codeOf(orchestrator.ingest(id, "nothing", 1))).toBe("unknown_name");
    expect(
      (await orchestrator.listFirings({ session: id, limit: 10 })).items.map(({ trigger }) => trigger).sort(),
    ).toEqual(["mine", "vip"]);
    expect((await orchestrator.resumeSession(id)).blockers).toMatchObject([{ kind: "dependency" }]);
    expect(orchestrator.roles).toEqual([{ name: "advisor", kind: "human" }]);
  });

  it("must bring what triggers and options name", async () => {
    const asks = (action: object) => ({ name: "t", condition: { type: "field_changed" }, action }) as never;
    const { orchestrator } = await harness();
    expect(() => orchestrator.addTrigger(asks({ type: "ask_agent", agent: "nobody" }))).toThrow(
      /agent nobody/,
    );
    expect(() => orchestrator.addTrigger(asks({ type: "custom", run: "nothing" }))).toThrow(/action nothing/);
    expect(orchestrator.triggers).toEqual([]);
    const storage = sqliteStorage({ path: ":memory:" });
    const wrong = track(createOrchestrator({ storage, defaultAgent: "nobody" }));
    expect(await codeOf(wrong.start())).toBe("unknown_name");
  });

  it("leave nothing behind when what they bring is refused on a running orchestrator", async () => {
    const log: string[] = [];
    const { orchestrator } = await harness();
    const bad = plugin("bad", log, (host) => {
      host.channel(recordingChannel("from-bad", []));
      host.trigger({
        name: "t",
        condition: { type: "field_changed" },
        action: { type: "custom", run: "nothing" },
      });
    });
    expect(await codeOf(orchestrator.use(bad))).toBe("unknown_name");
    expect(log).toEqual(["start bad", "stop bad"]);
    expect(orchestrator.channels.list().map(({ name }) => name)).toEqual(["test"]);
    expect(orchestrator.triggers).toEqual([]);
  });

  it("hand in messages from outside, each once", async () => {
    let host: PluginHost | undefined;
    const inbound: Plugin = {
      specVersion: 1,
      name: "inbound",
      setup: (given) => {
        host = given;
      },
    };
    const { orchestrator } = await harness({ plugins: [inbound] });
    const { id, token } = await orchestrator.createSession();
    const message = { channel: "sms", externalId: "SM9", session: token, from: "+49", text: "YES" };
    await Promise.all([host?.receive(message), host?.receive(message)]);
    await host?.receive(message);
    const { items } = await orchestrator.listActivities(id, { limit: 10 });
    expect(items).toMatchObject([{ type: "message", actor: "user", channel: "sms", data: { text: "YES" } }]);
  });

  it("get every committed event in a sink, in order, also what came while it failed", async () => {
    const got: OrchestratorEvent[] = [];
    let broken = true;
    const warehouse: Plugin = {
      specVersion: 1,
      name: "warehouse",
      setup: (host) =>
        host.sink("all", (events) => {
          if (broken) throw new Error("full");
          got.push(...events);
        }),
    };
    const { orchestrator, clock } = await harness({ plugins: [warehouse] });
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, { type: "x" });
    await clock.advance(10_000);
    expect(got).toEqual([]);
    broken = false;
    await clock.advance(10_000);
    await orchestrator.complete(id);
    await orchestrator.stop();
    expect(got.map(({ type }) => type)).toEqual([
      "session.created",
      "activity.recorded",
      "activity.recorded",
      "session.status_changed",
    ]);
  });
});

describe("listeners", () => {
  it("that fail harm nobody, and are reported", async () => {
    const { orchestrator } = await harness();
    const failed: string[] = [];
    const heard: string[] = [];
    orchestrator.on("listener.failed", ({ data }) => {
      failed.push(`${data.event}: ${data.error}`);
    });
    orchestrator.on("session.created", () => {
      throw new Error("sync");
    });
    orchestrator.on("session.created", async () => {
      throw new Error("async");
    });
    const off = orchestrator.on("session.created", ({ sessionId }) => {
      heard.push(sessionId ?? "");
    });
    const { id } = await orchestrator.createSession();
    off();
    await orchestrator.createSession();
    expect(heard).toEqual([id]);
    expect(failed).toContain("session.created: sync");
    expect(failed).toContain("session.created: async");
  });
});

describe("a logger", () => {
  it("is told no secret or address that a plugin's error holds", async () => {
    const logged: string[] = [];
    const note = (message: string, fields?: object) => {
      logged.push(JSON.stringify([message, fields]));
    };
    const { orchestrator } = await harness({ logger: { debug: note, info: note, warn: note, error: note } });
    orchestrator.addTrigger({
      name: "leaky",
      condition: {
        type: "custom",
        evaluate: () => {
          throw new Error("no answer for ada@example.com, token=ses_AAAAAAAAAAAAAAAAAAAAAA");
        },
      },
      action: { type: "ui_action", action: "x" },
    });
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, { type: "x" });
    expect(logged.join("\n")).toContain("leaky");
    expect(logged.join("\n")).not.toMatch(/ada@example|ses_AAAA/);
  });

  it("that throws stops nothing", async () => {
    const fail = () => {
      throw new Error("disk full");
    };
    const { orchestrator, clock } = await harness({
      logger: { debug: fail, info: fail, warn: fail, error: fail },
      triggers: [
        {
          name: "broken",
          condition: { type: "custom", evaluate: fail },
          action: { type: "ui_action", action: "x" },
        },
      ],
    });
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, { type: "x" });
    await orchestrator.recordActivity(id, { type: "y" });
    await clock.advance(1_000);
    expect((await orchestrator.getSession(id, { activities: 5 })).activities).toHaveLength(2);
  });
});

describe("the life of an orchestrator", () => {
  it("works without start(), refuses after stop(), and can be started again", async () => {
    const orchestrator = track(createOrchestrator({ storage: sqliteStorage({ path: ":memory:" }) }));
    await orchestrator.createSession();
    await orchestrator.stop();
    await orchestrator.stop();
    expect(await codeOf(orchestrator.createSession())).toBe("not_running");
    await orchestrator.start();
    await orchestrator.createSession();
  });

  it("ends with the block that made it", async () => {
    const log: string[] = [];
    {
      await using orchestrator = createOrchestrator({
        storage: sqliteStorage({ path: ":memory:" }),
        plugins: [plugin("a", log)],
      });
      await orchestrator.start();
    }
    expect(log).toEqual(["start a", "stop a"]);
  });

  it("refuses options that it does not know, and a missing storage", () => {
    expect(() =>
      createOrchestrator({ storage: sqliteStorage({ path: ":memory:" }), sessionTTL: 3 } as never),
    ).toThrow(/sessionTTL/);
    expect(() => createOrchestrator({} as never)).toThrow(/storage is missing/);
    expect(() =>
      createOrchestrator({ storage: sqliteStorage({ path: ":memory:" }), agentTimeoutMs: "5" } as never),
    ).toThrow(/agentTimeoutMs/);
  });

  it("tells statistics", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, { type: "x" });
    expect(await orchestrator.stats()).toMatchObject({
      storage: { sessions: { active: 1 }, activities: 1 },
      triggers: 0,
      channels: 1,
      waiting: 0,
      inFlight: 0,
    });
  });
});

it("refuses a route whose path does not begin with a slash", async () => {
  const plugin: Plugin = {
    specVersion: 1,
    name: "hooks",
    setup: (host) => host.route({ method: "POST", path: "status", handle: async () => new Response() }),
  };
  const { orchestrator } = await harness({ plugins: [plugin] }, { start: false });
  expect(await codeOf(orchestrator.start())).toBe("invalid_argument");
  expect(orchestrator.routes).toEqual([]);
});
