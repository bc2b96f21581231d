import { channelSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { consoleChannel } from "../src/index.js";

function subject(write: (line: string) => void = () => undefined) {
  const { channel } = consoleChannel({ write });
  return { channel, effects: () => channel.history.map((message) => message.content) };
}

channelSuite({
  describe,
  it,
  expect,
  name: "the console channel is a channel",
  create: () => subject(),
  plugin: () => consoleChannel({ write: () => undefined }),
  // A terminal needs no address.
  unreachable: null,
  failures: {
    ambiguous: () =>
      subject(() => {
        throw new Error("EPIPE");
      }),
  },
});
