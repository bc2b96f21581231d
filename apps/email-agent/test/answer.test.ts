import { expect, it } from "vitest";
import { answerFor } from "../src/http/answer.js";

it("a refusal says whether the address itself is at fault", () => {
  const refused = { outcome: "permanent", reason: "550 5.1.1 no such user" } as const;
  const body = { success: false, outcome: "permanent", code: "send_permanent", error: refused.reason };
  expect(answerFor(refused)).toEqual({ status: 422, headers: {}, body });
  expect(answerFor({ ...refused, suppress: true }).body).toEqual({ ...body, suppress: true });
});
