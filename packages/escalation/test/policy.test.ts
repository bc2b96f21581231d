import { OrchestratorError } from "@hybrid-orchestrator/core";
import { expect, it } from "vitest";
import { readPolicy } from "../src/index.js";

it("readPolicy lists every mistake with its path, and the nearest calendar", () => {
  const read = () =>
    readPolicy(
      {
        levels: [{ targets: [{ queue: "support" }], waitSeconds: 60, hours: "ofice" }],
        repeat: { fromLevel: 3 },
        onExhausted: { action: "expire" },
        calendars: { office: { timeZone: "UTC", week: {} } },
      },
      "night",
    );
  expect(read).toThrow("escalation policy night");
  expect(read).toThrow(/levels\[0\]\.hours: .*repeat\.fromLevel: .*did you mean office\?/);
  try {
    read();
  } catch (error) {
    expect(OrchestratorError.isInstance(error, "invalid_configuration")).toBe(true);
  }
});
