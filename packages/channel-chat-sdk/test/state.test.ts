import { virtualClock } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { claimsOf, memoryState } from "../src/state.js";

it("forgets what has expired, and nothing else", async () => {
  const clock = virtualClock();
  const state = memoryState(clock);
  await state.set("for ever", 1);
  await state.set("short", { a: 1 }, 1_000);
  await clock.advance(999);
  expect(await state.get("short")).toEqual({ a: 1 });
  await clock.advance(1);
  expect([await state.get("short"), await state.get("for ever"), await state.get("never")]).toEqual([
    null,
    1,
    null,
  ]);
});

it("lets one claim a key at a time, and tells of it", async () => {
  const clock = virtualClock();
  const claims: string[] = [];
  const state = claimsOf(memoryState(clock), (key) => void claims.push(key));
  expect([await state.setIfNotExists("a", true, 100), await state.setIfNotExists("a", true, 100)]).toEqual([
    true,
    false,
  ]);
  expect(claims).toEqual(["a"]);
  await clock.advance(100);
  expect(await state.setIfNotExists("a", true)).toBe(true);
});

it("gives a lock to one, who alone can extend and release it", async () => {
  const clock = virtualClock();
  const state = memoryState(clock);
  const lock = await state.acquireLock("t", 100);
  expect(await state.acquireLock("t", 100)).toBeNull();
  if (lock === null) throw new Error("no lock");
  expect(await state.extendLock(lock, 200)).toBe(true);
  await clock.advance(150);
  await state.releaseLock({ ...lock, token: "another" });
  expect(await state.acquireLock("t", 100)).toBeNull();
  await state.releaseLock(lock);
  expect(await state.acquireLock("t", 100)).not.toBeNull();
  expect(await state.extendLock(lock, 100)).toBe(false);
  await state.forceReleaseLock("t");
  expect(await state.acquireLock("t", 100)).not.toBeNull();
});

it("keeps lists, queues and subscriptions", async () => {
  const state = memoryState(virtualClock());
  for (const value of [1, 2, 3]) await state.appendToList("list", value, { maxLength: 2 });
  expect(await state.getList("list")).toEqual([2, 3]);
  const entry = (enqueuedAt: number) => ({ enqueuedAt, expiresAt: 9, message: {} as never });
  expect(await state.enqueue("t", entry(1), 5)).toBe(1);
  expect(await state.enqueue("t", entry(2), 5)).toBe(2);
  expect(await state.dequeue("t")).toMatchObject({ enqueuedAt: 1 });
  expect(await state.queueDepth("t")).toBe(1);
  await state.subscribe("t");
  expect(await state.isSubscribed("t")).toBe(true);
  await state.unsubscribe("t");
  expect(await state.isSubscribed("t")).toBe(false);
});

it("makes room by the oldest", async () => {
  const state = memoryState(virtualClock());
  for (let index = 0; index <= 100_000; index += 1) await state.set(`k${index}`, index);
  expect([await state.get("k0"), await state.get("k1"), await state.get("k100000")]).toEqual([
    null,
    1,
    100_000,
  ]);
});
