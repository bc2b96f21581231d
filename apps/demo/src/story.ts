import { setTimeout as pause } from "node:timers/promises";
import { consoleChannel } from "@hybrid-orchestrator/channel-console";
import type { EscalationPolicyInput, TriggerInput } from "@hybrid-orchestrator/core";
import { formatContext } from "@hybrid-orchestrator/escalation";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type AgentName, storyAgent } from "./agents.js";
import { narrate } from "./narrate.js";

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
    name: "submitted",
    description: "The agent looks whether all is done.",
    condition: { type: "rate", activity: "submit", times: 1, withinSeconds: 60 },
    action: { type: "ask_agent", reason: "The user has submitted the form." },
  },
];

/** Ann is told first, then whoever is in her team; when nobody comes, the AI goes on as well as it can. */
const policy: EscalationPolicyInput = {
  levels: [
    { targets: [{ worker: "ann" }], waitSeconds: 60 },
    { targets: [{ queue: "insurance" }], waitSeconds: 120 },
  ],
  onExhausted: { action: "back_to_ai" },
  slas: { accept: { seconds: 90 } },
};

export interface StoryOptions {
  readonly path: string;
  readonly agent: AgentName;
  readonly print: (line: string) => void;
}

/** One session from beginning to end, on a real SQLite file. Takes some seconds and ends by itself. */
export async function tellStory({ path, agent, print }: StoryOptions): Promise<void> {
  await using orchestrator = createOrchestrator({
    storage: sqliteStorage({ path }),
    plugins: [consoleChannel({ write: (line) => print(`    ${line}`) }), storyAgent(agent)],
    triggers,
    escalation: { policies: { insurance: policy } },
  });
  narrate(orchestrator, print, () => "");
  await orchestrator.start();
  await orchestrator.workers.register({ id: "ann", name: "Ann", queues: ["insurance"] });
  await orchestrator.workers.setPresence("ann", "online");

  print("1. A session begins: John applies for an insurance.");
  const { token, id } = await orchestrator.createSession({
    externalId: `call_${Date.now()}`,
    workflow: "insurance_application",
    metadata: { formType: "application", step: 3, steps: 5 },
    recipient: { id: "user_123", name: "John", email: "john@example.com" },
  });
  print(`  . session ${id}, kept in ${path}`);

  print("2. He fills in the form; nobody needs to step in.");
  for (const fieldId of ["name", "email"]) await change(orchestrator, token, fieldId);

  print("3. The SSN field defeats him: four attempts.");
  for (let attempt = 1; attempt <= 4; attempt += 1)
    await change(orchestrator, token, "ssn", `attempt ${attempt}`);
  await settled(orchestrator);
  for (const action of await orchestrator.takeUiActions(token)) {
    print(`  > his screen does: ${action.type} ${JSON.stringify(action.data)}`);
    await orchestrator.acknowledgeUiAction(token, action.id);
  }

  print("4. Why did that fire?");
  for (const line of (await orchestrator.explain(token, "ssn_struggle")).text.split("\n"))
    print(`  . ${line}`);

  print("5. He asks what to do, and then for a person.");
  await say(orchestrator, token, { text: "Can you help me? It never takes my number.", print });
  await say(orchestrator, token, { text: "I want to talk to a human, please.", print });
  await orchestrator.recordActivity(token, { type: "human_requested" });
  await settled(orchestrator);

  print("6. Ann takes over. From here on no software speaks to John.");
  const escalation = await openOne(orchestrator, id);
  await orchestrator.escalations.claim(escalation, { worker: "ann" });
  await settled(orchestrator);
  print("  . what she sees, so that he need not repeat anything:");
  const context = await orchestrator.escalations.context(escalation);
  for (const line of formatContext(context, { maxLength: 1_500 }).split("\n"))
    print(`  |   ${line}`.trimEnd());
  await orchestrator.escalations.reply(escalation, {
    worker: "ann",
    text: "Hello John, this is Ann. Which number do you enter?",
  });
  await say(orchestrator, token, { text: "The one on my driver's licence.", print });
  await settled(orchestrator);

  print("7. She hands back, with a note for the AI.");
  await orchestrator.escalations.handBack(escalation, {
    worker: "ann",
    note: {
      text: "John mixed up two numbers.",
      facts: ["The nine digits are on the Social Security card."],
      avoid: ["asking for the driver's licence"],
    },
    disposition: "needed",
  });
  await settled(orchestrator);

  print("8. John finishes.");
  await change(orchestrator, token, "ssn", "done");
  await orchestrator.recordActivity(token, { type: "submit" });
  await settled(orchestrator);
  const { status } = await orchestrator.getSession(token);
  if (status === "active") await orchestrator.complete(token, { reason: "The form was submitted." });

  const { storage, triggers: rules, channels } = await orchestrator.stats();
  print("9. Statistics");
  print(
    `  . sessions completed: ${storage.sessions.completed}, activities: ${storage.activities}, firings: ${storage.firings}`,
  );
  print(`  . triggers: ${rules}, channels: ${channels}`);
  print(`  . everything is in ${path}`);
}

async function openOne(orchestrator: Orchestrator, sessionId: string): Promise<string> {
  const { items } = await orchestrator.escalations.list({ sessionId, limit: 1 });
  const [first] = items;
  if (first === undefined) throw new Error("Nobody was asked for a human.");
  return first.id;
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

/** John says something, and hears the agent's answer as it comes, unless a human has the session. */
async function say(
  orchestrator: Orchestrator,
  token: string,
  { text, print }: { readonly text: string; readonly print: (line: string) => void },
): Promise<void> {
  print(`  < John: ${text}`);
  const answer = await orchestrator.respond(token, { text });
  let said = "";
  for await (const piece of answer.text) said += piece;
  if (said !== "") print(`  > agent: ${said}`);
}

/** What was committed has also been carried out. */
async function settled(orchestrator: Orchestrator): Promise<void> {
  await pause(300);
  await orchestrator.idle();
}
