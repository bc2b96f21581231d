/** What `init` writes. Each is a configuration that runs as it is, once its packages are installed. */

const reference = (inner: string) => `\${${inner}}`;

const yaml = `# Every key: https://www.npmjs.com/package/@hybrid-orchestrator/config
storage:
  plugin: "@hybrid-orchestrator/storage-sqlite"
  options:
    path: ${reference("DATABASE_PATH:-sessions.db")}

channels:
  console: {}

triggers:
  - name: idle
    description: Nothing from the user for two minutes.
    condition: { type: no_activity, seconds: 120 }
    action: { type: send, message: "Are you still there?" }
  - name: stuck
    description: One field was changed again and again.
    condition: { type: field_error, field: "*", times: 3, withinSeconds: 60 }
    action: { type: send, message: "Do you need help with this form?", urgency: high }

server:
  port: ${reference("PORT:-3000")}
`;

const ts = `import { defineConfig } from "@hybrid-orchestrator/config";

export default defineConfig({
  storage: {
    plugin: "@hybrid-orchestrator/storage-sqlite",
    options: { path: process.env.DATABASE_PATH ?? "sessions.db" },
  },
  channels: { console: {} },
  triggers: [
    {
      name: "idle",
      description: "Nothing from the user for two minutes.",
      condition: { type: "no_activity", seconds: 120 },
      action: { type: "send", message: "Are you still there?" },
    },
    {
      name: "stuck",
      description: "One field was changed again and again.",
      condition: { type: "field_error", field: "*", times: 3, withinSeconds: 60 },
      action: { type: "send", message: "Do you need help with this form?", urgency: "high" },
    },
  ],
  server: { port: Number(process.env.PORT ?? 3000) },
});
`;

const json = `${JSON.stringify(
  {
    storage: {
      plugin: "@hybrid-orchestrator/storage-sqlite",
      options: { path: reference("DATABASE_PATH:-sessions.db") },
    },
    channels: { console: {} },
    triggers: [
      {
        name: "idle",
        condition: { type: "no_activity", seconds: 120 },
        action: { type: "send", message: "Are you still there?" },
      },
    ],
    server: { port: reference("PORT:-3000") },
  },
  null,
  2,
)}\n`;

export const templates = { yaml, ts, json } as const;

export const envExample = `# Copy to .env and fill in. Keep .env out of version control.
DATABASE_PATH=sessions.db
PORT=3000
`;
