import { defineConfig } from "tsup";

const shared = defineConfig({
  format: "esm",
  target: "node20",
  platform: "node",
  clean: true,
  sourcemap: true,
});

/** A published package: one entry, with its types. */
export const library = defineConfig({
  ...shared,
  entry: ["src/index.ts"],
  dts: { compilerOptions: { customConditions: [] } },
});

/** A program that is run, not imported. */
export const app = defineConfig({ ...shared, entry: ["src/main.ts"] });
