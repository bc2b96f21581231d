import { backoffMs } from "@hybrid-orchestrator/mail";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acknowledge, compare, type Row, type Snapshot } from "../src/imap/snapshot.js";

function row(uid: number, starred = false, messageId = `<${uid}@example.org>`): Row {
  const summary = { messageId, subject: "", from: "", fromName: "", to: "", date: "" };
  return { uid, starred, receivedAt: uid, summary };
}

function snapshot(rows: readonly Row[], more: Partial<Snapshot> = {}): Snapshot {
  const byUid = new Map(rows.map((one) => [one.uid, one]));
  return { uidValidity: "1", firstUid: 0, lastUid: Math.max(0, ...byUid.keys()), rows: byUid, ...more };
}

const uids = (rows: readonly Row[]) => rows.map(({ uid }) => uid);

describe("two looks at a mailbox", () => {
  it("the first finds nothing new", () => {
    expect(compare(undefined, snapshot([row(1), row(2, true)]))).toEqual({
      received: [],
      starred: [],
      gone: [],
    });
  });

  it("find what came, was starred and is gone", () => {
    const { received, starred, gone } = compare(
      snapshot([row(1), row(2), row(3, true)]),
      snapshot([row(1, true), row(3), row(4, true)]),
    );
    expect([uids(received), uids(starred), uids(gone)]).toEqual([[4], [1], [2]]);
  });

  it("do not take for gone what fell out of the window", () => {
    const now = snapshot([row(3), row(4)], { firstUid: 3 });
    expect(compare(snapshot([row(1), row(2), row(3)]), now).gone).toEqual([]);
  });

  it("do not tell again what had been told when the connection broke", () => {
    const before = snapshot([row(1), row(2)]);
    const now = snapshot([row(1, true), row(3), row(4)]);
    let told = acknowledge(before, { row: row(3), change: "received", uidValidity: "1" });
    told = acknowledge(told, { row: row(1, true), change: "starred", uidValidity: "1" });
    told = acknowledge(told, { row: row(2), change: "gone", uidValidity: "1" });
    const { received, starred, gone } = compare(told, now);
    expect([uids(received), uids(starred), uids(gone)]).toEqual([[4], [], []]);
  });

  it("know mails by their Message-ID when they are numbered anew, then too", () => {
    const before = snapshot([row(1), row(2)]);
    const anew = [
      { ...row(7, true, "<1@example.org>"), receivedAt: 1 },
      { ...row(8, false, "<0@example.org>"), receivedAt: 0 },
      row(9),
      row(10),
    ];
    const now = snapshot(anew, { uidValidity: "2" });
    const first = compare(before, now);
    expect([uids(first.received), uids(first.starred), first.gone]).toEqual([[9, 10], [7], []]);
    const told = acknowledge(before, { row: row(9), change: "received", uidValidity: "2" });
    expect(uids(compare(told, now).received)).toEqual([10]);
  });

  it("over any history tell of each mail's arrival once, and of no leaving that was not", () => {
    const step = fc.record({
      arrive: fc.nat(6),
      leave: fc.array(fc.nat(40), { maxLength: 4 }),
      star: fc.array(fc.nat(40), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 8 }), (steps, window) => {
        const present = new Map<number, boolean>([[1, false]]);
        const arrived: number[] = [];
        const left: number[] = [];
        const expected = new Set<number>();
        let lastUid = 1;
        let before: Snapshot | undefined;
        for (const { arrive, leave, star } of [{ arrive: 0, leave: [], star: [] }, ...steps]) {
          for (const end = lastUid + arrive; lastUid < end; ) {
            lastUid += 1;
            present.set(lastUid, false);
          }
          for (const uid of star) if (present.has(uid)) present.set(uid, true);
          for (const uid of leave) present.delete(uid);
          const all = [...present.keys()].sort((a, b) => a - b);
          const inWindow = all.slice(-window);
          const firstUid = all.length > window ? (inWindow[0] ?? 0) : 0;
          const rows = all
            .filter((uid) => uid >= firstUid || (before !== undefined && uid > before.lastUid))
            .map((uid) => row(uid, present.get(uid)));
          const now = snapshot(rows, { firstUid, lastUid: Math.max(before?.lastUid ?? 1, ...uids(rows), 0) });
          const difference = compare(before, now);
          arrived.push(...uids(difference.received));
          left.push(...uids(difference.gone));
          if (before !== undefined) for (const uid of all) if (uid > 1) expected.add(uid);
          expect(difference.gone.filter(({ uid }) => present.has(uid))).toEqual([]);
          before = now;
        }
        expect(arrived.toSorted((a, b) => a - b)).toEqual([...expected].toSorted((a, b) => a - b));
        expect(new Set(left).size).toBe(left.length);
      }),
      { numRuns: 500 },
    );
  });
});

it("waits longer after each failure, a minute at most, and not in step with others", () => {
  expect([1, 2, 3, 7, 50].map((failures) => backoffMs(failures, () => 1))).toEqual([
    1_000, 2_000, 4_000, 60_000, 60_000,
  ]);
  expect(backoffMs(5, () => 0)).toBe(0);
});
