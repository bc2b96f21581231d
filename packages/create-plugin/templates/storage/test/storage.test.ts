import { expect, it } from "vitest";
import { descriptor, sampleNameStorage } from "../src/index.js";

it("refuses a wrong configuration when it is made, not when it is opened", () => {
  expect(() => sampleNameStorage({ path: "sessions.db" } as never)).toThrow(
    expect.objectContaining({ code: "invalid_configuration" }),
  );
});

it("takes nothing before it is opened, nor after it is closed", async () => {
  const storage = sampleNameStorage();
  await expect(storage.stats()).rejects.toMatchObject({ code: "storage_closed" });
  await storage.open();
  expect(await storage.stats()).toMatchObject({ activities: 0, openEffects: 0 });
  await storage.close();
  await expect(storage.stats()).rejects.toMatchObject({ code: "storage_closed" });
});

it("can be named in a configuration file", () => {
  expect(descriptor.create(descriptor.config.parse({})).name).toBe("sample-name");
});
