import { setTimeout as pause } from "node:timers/promises";
import { mockAgent } from "@hybrid-orchestrator/agent-mock";
import { consoleChannel } from "@hybrid-orchestrator/channel-console";
import type { TriggerInput } from "@hybrid-orchestrator/core";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { narrate } from "./narrate.js";

/** Minutes of real life shortened to seconds, so that nobody has to wait for the silence. */
const triggers: readonly TriggerInput[] = [
  {
    name: "ssn_struggle",
    description: "The same field changed again and again: the user is stuck there.",
    condition: { type: "field_error", field: "ssn*", times: 3, withinSeconds: 60 },
    action: [
      { type: "ui_action", action: "highlight_field", data: { fieldId: "ssn" } },
      { type: "ask_agent", reason: "The user struggles with the SSN field." },
    ],
  },
  {
    name: "wants_human",
    description: "The user asked for a person.",
    condition: {
      type: "sequence",
      steps: [{ activity: "message" }, { activity: "human_requested" }],
      withinSeconds: 30,
    },
    action: { type: "escalate", reason: "The user asked for a human.", urgency: "high" },
  },
  {
    name: "inactivity_warning",
    description: "Nothing from the user for a while.",
    condition: { type: "no_activity", seconds: 2 },
    action: {
      type: "send",
      to: "worker",
      message: "{name} has gone quiet and may need help.",
      urgency: "high",
      validWhile: ["active"],
    },
    maxFires: 3,
    cooldownSeconds: 1,
  },
];

export interface StoryOptions {
  readonly path: string;
  readonly print: (line: string) => void;
}

/** One session from beginning to end, on a real SQLite file. Takes some seconds and ends by itself. */
export async function tellStory({ path, print }: StoryOptions): Promise<void> {
  const agent = mockAgent({ lookBack: 3 });
  await using orchestrator = createOrchestrator({
    storage: sqliteStorage({ path }),
    plugins: [consoleChannel({ write: (line) => print(`    ${line}`) }), agent],
    triggers,
  });
  narrate(orchestrator, print, () => "");
  await orchestrator.start();

  print("1. A session begins: John calls about an insurance application.");
  const { token, id } = await orchestrator.createSession({
    externalId: `call_${Date.now()}`,
    workflow: "insurance_application",
    metadata: { formType: "application", step: 3, steps: 5 },
    recipient: { id: "user_123", name: "John", email: "john@example.com" },
  });
  print(`  . session ${id}, kept in ${path}`);

  print("2. He speaks and fills in the form; nobody needs to step in.");
  await orchestrator.recordActivity(token, {
    type: "voice_input",
    channel: "voice",
    data: { text: "I'd like to apply." },
  });
  for (const fieldId of ["name", "email"]) await change(orchestrator, token, fieldId);
  const { summary, activities, session } = await orchestrator.resumeSession(token);
  const decision = await agent.agent.analyze(
    { session, activities, summary, context: {} },
    { signal: AbortSignal.timeout(5_000) },
  );
  print(`  * asked, the agent says ${decision.action} (confidence ${decision.confidence})`);

  print("3. The SSN field defeats him: four attempts.");
  for (let attempt = 1; attempt <= 4; attempt += 1)
    await change(orchestrator, token, "ssn", `attempt ${attempt}`);
  await settled(orchestrator);
  for (const action of await orchestrator.takeUiActions(token)) {
    print(`  > his screen does: ${action.type} ${JSON.stringify(action.data)}`);
    await orchestrator.acknowledgeUiAction(token, action.id);
  }

  print("4. He asks what the format is, and then for a person.");
  for (const text of ["Can you help me with the format?", "I want to talk to a human, please."]) {
    await orchestrator.recordActivity(token, { type: "message", data: { text } });
    print(`  < John: ${text}`);
    print(`  > agent: ${await reply(orchestrator, agent.agent, token, text)}`);
  }
  await orchestrator.recordActivity(token, { type: "human_requested" });

  print("5. He goes quiet. Three seconds pass.");
  await pause(3_300);
  await settled(orchestrator);

  print("6. Why did that fire?");
  for (const line of (await orchestrator.explain(token, "inactivity_warning")).text.split("\n"))
    print(`  . ${line}`);

  print("7. He comes back and finishes.");
  await change(orchestrator, token, "ssn", "done");
  await orchestrator.setSummary(token, "Application complete. The SSN format was unclear to the user.");
  await orchestrator.complete(token, { reason: "The form was submitted." });

  const { storage, triggers: rules, channels } = await orchestrator.stats();
  print("8. Statistics");
  print(
    `  . sessions completed: ${storage.sessions.completed}, activities: ${storage.activities}, firings: ${storage.firings}`,
  );
  print(`  . triggers: ${rules}, channels: ${channels}, agent calls: ${agent.agent.calls}`);
  print(`  . everything is in ${path}`);
}

async function change(
  orchestrator: Orchestrator,
  token: string,
  fieldId: string,
  value?: string,
): Promise<void> {
  await orchestrator.recordActivity(token, {
    type: "field_change",
    data: { fieldId, ...(value !== undefined && { value }) },
  });
  await pause(150);
}

async function reply(
  orchestrator: Orchestrator,
  agent: ReturnType<typeof mockAgent>["agent"],
  token: string,
  userMessage: string,
): Promise<string> {
  const { session, activities, summary } = await orchestrator.resumeSession(token);
  let text = "";
  for await (const piece of agent.respond(
    { session, activities, summary, context: {}, userMessage },
    { signal: AbortSignal.timeout(5_000) },
  )) {
    text += piece;
  }
  await orchestrator.recordActivity(token, { type: "reply", actor: "ai", data: { text } });
  return text;
}

/** What was committed has also been carried out. */
async function settled(orchestrator: Orchestrator): Promise<void> {
  await pause(300);
  await orchestrator.idle();
}
