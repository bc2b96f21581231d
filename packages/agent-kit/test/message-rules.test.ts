import { describe, expect, it } from "vitest";
import { checkedPieces, defaultBannedPhrases, messageCheck } from "../src/index.js";

const check = messageCheck({
  maxMessageLength: 600,
  bannedPhrases: [...defaultBannedPhrases, "state-of-the-art", "(c) [x]"],
});

describe("a message to the user", () => {
  it.each([
    ["", /no words/],
    ["…!", /no words/],
    ["x".repeat(601), /longer than 600/],
    ["As an AI, I cannot see it.", /banned phrase/],
    ["Please don’t  hesitate to ask.", /banned phrase/],
    ["AS A\u200b LANGUAGE MODEL I …", /banned phrase/],
    ["It is state-of-the-art.", /banned phrase/],
    ["by (C) [X] now", /banned phrase/],
    ['{"text":"hello"}', /JSON/],
    ['["hello"]', /JSON/],
    ["```\nhello\n```", /code fence/],
    ["It says <session_data>.", /marks of the data/],
    ["Hello\u0007", /control characters/],
  ])("must not be %j", (text, problem) => {
    expect(check.whole(text)).toMatch(problem);
  });

  it.each([
    "It needs nine digits, like 123-45-6789.",
    "It was an aid.",
    "[1] is the first step.",
    "Zwei\nZeilen",
  ])("may be %j", (text) => {
    expect(check.whole(text)).toBeNull();
  });
});

describe("an answer in pieces", () => {
  async function* inFives(text: string) {
    yield* text.match(/[\s\S]{1,5}/g) ?? [];
  }
  async function piecesOf(text: string) {
    const pieces: string[] = [];
    let error: unknown = null;
    try {
      for await (const piece of checkedPieces(inFives(text), check)) pieces.push(piece);
    } catch (thrown) {
      error = thrown;
    }
    return { pieces, error };
  }

  it("is of whole words, and all of them", async () => {
    const text = "The SSN needs nine digits, like 123-45-6789.\nYours has eight so far.";
    const { pieces, error } = await piecesOf(text);
    expect([pieces.join(""), error]).toEqual([text, null]);
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.slice(0, -1).every((piece) => /\s$/.test(piece))).toBe(true);
  });

  it("comes in pieces also in a script without spaces", async () => {
    const text = "番号は九桁で入力してください。".repeat(8);
    const { pieces } = await piecesOf(text);
    expect(pieces.join("")).toBe(text);
    expect(pieces.length).toBeGreaterThan(5);
  });

  it.each([
    "Well, as an AI I see.",
    "word ".repeat(200),
    "```\nhello\n```",
    '{"message": "Nine"}',
    "",
    " \n",
  ])("ends where it breaks a rule, before that is said: %j", async (text) => {
    const { pieces, error } = await piecesOf(text);
    expect(error).toMatchObject({ code: "agent_failed", retryable: true });
    expect(check.sofar(pieces.join(""))).toBeNull();
  });
});
