import { OrchestratorError } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { uiActionView, viewUiAction } from "../views.js";
import { sessionName } from "./sessions.js";
import { adding, addTool, type Desk, reading } from "./tool.js";

const newAction = z.object({
  session: sessionName,
  type: z.string().min(1).max(100).describe("What the page knows, e.g. highlight_field."),
  data: z.record(z.string(), z.unknown()).optional(),
});

const oneAction = z.object({ action: uiActionView });

const actionQuery = z.object({
  session: sessionName,
  action: z.string().min(1).max(100).describe("The action's id."),
});

export function addUiTools(desk: Desk): void {
  const { orchestrator, gate } = desk;

  addTool(desk, {
    name: "queue_ui_action",
    title: "Do something on the user's screen",
    description:
      "Queues a command for the user's screen: highlight a field, show a prompt, open a page. The page takes and acknowledges it.",
    input: newAction,
    output: oneAction,
    annotations: adding,
    async run({ session, ...action }) {
      const { id, owner } = await gate.find(session);
      if (owner.kind === "human")
        throw new OrchestratorError("stale_epoch", `The session is ${owner.worker}'s now.`);
      return { action: viewUiAction(await orchestrator.queueUiAction({ id }, action)) };
    },
  });

  addTool(desk, {
    name: "get_ui_action",
    title: "See whether it arrived",
    description: "Whether the user's screen got a command, and did it.",
    input: actionQuery,
    output: oneAction,
    annotations: reading,
    async run({ session, action }) {
      const { id } = await gate.find(session);
      return { action: viewUiAction(await orchestrator.getUiAction({ id }, action)) };
    },
  });
}
