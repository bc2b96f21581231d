import { defineConfig } from "tsup";

const shared = defineConfig({
  format: "esm",
  target: "node20",
  platform: "node",
  clean: true,
  sourcemap: true,
});

/** A published package: one entry. Its types come from `tooling/build`. */
export const library = defineConfig({ ...shared, entry: ["src/index.ts"] });

/** A program that is run, not imported. */
export const app = defineConfig({ ...shared, entry: ["src/main.ts"] });
