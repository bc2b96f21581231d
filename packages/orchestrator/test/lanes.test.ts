import { describe, expect, it } from "vitest";
import { Lanes } from "../src/loops/lanes.js";

const nothing = { channels: {}, named: [], paused: 0 };

describe("lanes", () => {
  it("ask for nothing where all slots are taken", () => {
    const lanes = new Lanes();
    lanes.claim({ ...nothing, channels: { sms: 2 } });
    for (const _ of [1, 2]) lanes.enter("sms");
    expect(lanes.hasRoom("sms")).toBe(false);
    expect(lanes.claim({ ...nothing, channels: { sms: 0 } }).lanes).toEqual({ sms: 0 });
    lanes.leave("sms", { hadBegun: true });
    expect(lanes.claim({ ...nothing, channels: { sms: 1 } }).lanes.sms).toBeGreaterThan(0);
  });

  it("ask past all that is offered and cannot be started, and not for what has begun", () => {
    const lanes = new Lanes();
    const asked = (free: number, paused = 0) =>
      lanes.claim({ ...nothing, channels: { sms: free }, paused }).lanes.sms ?? 0;
    const alone = asked(100);
    for (let n = 0; n < 60; n += 1) lanes.enter("sms");
    // 60 are offered still, and 40 could be started.
    expect(asked(40)).toBe(alone);
    for (let n = 0; n < 60; n += 1) lanes.begun("sms");
    expect(asked(40)).toBe(alone - 60);
    expect(asked(40, 30)).toBe(alone - 30);
    lanes.leave("sms", { hadBegun: true });
    lanes.enter("sms");
    lanes.leave("sms", { hadBegun: false });
    expect(asked(41)).toBe(alone - 59);
  });
});
