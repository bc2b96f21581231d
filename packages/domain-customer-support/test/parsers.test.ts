import { virtualClock } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { parseSupportEvents } from "../src/events.js";
import { parseZendesk } from "../src/zendesk.js";
import { comment, statusChange } from "./zendesk-events.js";

const zendesk = parseZendesk(virtualClock());

it("reads comments of customers and staff, and keeps internal notes and private values out", () => {
  const read = (changes: object) => zendesk(comment(changes)).map(({ type, data }) => [type, data]);
  expect(read({})).toEqual([["message", { text: "My IBAN is ••••3000" }]]);
  expect(read({ author: { is_staff: true }, body: "Hi" })).toEqual([["agent_reply", { text: "Hi" }]]);
  expect(read({ is_public: false })).toEqual([["internal_note", {}]]);
});

it("knows a ticket that was reopened", () =>
  expect(zendesk(statusChange)[0]).toMatchObject({ type: "ticket_reopened", data: { stage: "open" } }));

it.each([null, "x", {}, { type: "ticket.created" }, { type: "zen:event-type:ticket.comment_added" }])(
  "refuses %j",
  (input) => {
    expect(() => zendesk(input)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  },
);

it("passes over what it does not know, and refuses what is wrong", () => {
  const parse = parseSupportEvents(virtualClock());
  expect(parse([{ type: "agent_typing" }])).toEqual([]);
  expect(() => parse({ type: "message", from: "customer", text: "a", sentiment: 7 })).toThrow(/sentiment/);
});
