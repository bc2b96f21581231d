import type { TestProject } from "vitest/node";
import { createTestServer } from "./server.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The server that all test files of this package share. */
    postgresUrl: string;
  }
}

/** Runs once before the package's first test; what it returns, after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await createTestServer();
  try {
    await server.start();
  } catch (error) {
    await server.dispose();
    throw error;
  }
  project.provide("postgresUrl", server.url);
  return () => server.dispose();
}
