import { expect, it } from "vitest";
import { z } from "zod";
import { checkValue } from "../src/check-value.js";
import { checkConfig, configJsonSchema, tellProblem } from "../src/index.js";
import { folderWith, workspace } from "./folder.js";

it("tells an editor what a file may say, with the options of the plugins that it names", async () => {
  const folder = folderWith({
    "hybrid.config.yaml": `storage: { plugin: "@hybrid-orchestrator/storage-sqlite", options: { path: ":memory:" } }`,
  });
  const { jsonSchema } = await checkConfig({ cwd: folder, env: {}, modules: workspace });
  expect(Object.keys(jsonSchema.properties as object)).toEqual(
    expect.arrayContaining(["storage", "plugins", "channels", "routing", "triggers", "delivery", "server"]),
  );
  expect(jsonSchema.$defs).toMatchObject({
    "@hybrid-orchestrator/storage-sqlite": { properties: { path: { type: "string" } } },
  });
});

it("accepts what the reader accepts, and refuses what it refuses", () => {
  const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const good = { server: { port: `\${PORT:-80}` }, channels: { console: { enabled: true, config: {} } } };
  expect(schema.safeParse(good).success).toBe(true);
  for (const bad of [{ server: { port: "many" } }, { servr: {} }, { channels: { a: { enabled: 3 } } }])
    expect([bad, schema.safeParse(bad).success]).toEqual([bad, false]);
});

it("names what a union by a member can be", async () => {
  const schema = z.discriminatedUnion("way", [
    z.strictObject({ way: z.literal("smtp"), host: z.string() }),
    z.strictObject({ way: z.literal("agent"), key: z.string() }),
  ]);
  const tell = async (value: unknown) =>
    (await checkValue(schema, value, () => false)).problems.map(tellProblem);
  expect(await tell({ way: "smpt" })).toEqual([
    "way: is none of the values that are possible; did you mean smtp?",
  ]);
  expect(await tell({})).toEqual(["way: is missing; known: smtp, agent"]);
  expect(await tell({ way: "smtp", hots: "a" })).toEqual([
    "host: is missing",
    "hots: is not known here; did you mean host?",
  ]);
});
