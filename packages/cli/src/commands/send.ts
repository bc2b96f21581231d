import { loadConfig } from "@hybrid-orchestrator/config";
import type { DeliveryStatus } from "@hybrid-orchestrator/core";
import {
  createOrchestrator,
  type DeliveryRecord,
  type Orchestrator,
} from "@hybrid-orchestrator/orchestrator";
import type { Context } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { addressee, type MessageOptions, messageOf } from "../message.js";
import { moment } from "../output.js";

interface SendCommandOptions extends MessageOptions {
  /** Seconds. */
  readonly timeout: number;
  readonly wait: boolean;
}

const left: readonly DeliveryStatus[] = ["sent", "delivered", "read"];
const open: readonly DeliveryStatus[] = ["pending", "sending", "waiting"];

/** Queues a message and, unless told not to wait, works like any other node until it is known what became of it. */
export async function send(context: Context, options: SendCommandOptions): Promise<ExitCode> {
  const { io, out, loadOptions } = context;
  const to = addressee(options);
  const config = await loadConfig(loadOptions);
  await using orchestrator = createOrchestrator({ ...config.options, clock: io.clock });
  if (options.wait) await orchestrator.start();
  const session =
    "session" in to
      ? to.session
      : (await orchestrator.createSession({ workflow: "cli", recipient: to.recipient })).id;
  const { deliveryId } = await orchestrator.send(session, messageOf(options));
  if (options.wait) await settled(orchestrator, context, { deliveryId, timeoutMs: options.timeout * 1_000 });
  const delivery = await orchestrator.getDelivery(deliveryId);
  // It was opened for this message alone.
  if ("recipient" in to && !open.includes(delivery.status)) await orchestrator.complete(session);
  out.document(delivery);
  for (const line of describe(delivery)) out.line(line);
  if (left.includes(delivery.status)) return exitCodes.done;
  if (open.includes(delivery.status)) return options.wait ? exitCodes.differs : exitCodes.done;
  return exitCodes.differs;
}

async function settled(
  orchestrator: Orchestrator,
  { io }: Context,
  { deliveryId, timeoutMs }: { readonly deliveryId: string; readonly timeoutMs: number },
): Promise<void> {
  const { promise, resolve } = signal();
  const look = (): void => {
    orchestrator.getDelivery(deliveryId).then(({ status }) => {
      if (!open.includes(status)) resolve();
    }, resolve);
  };
  const ends = (
    ["sent", "delivered", "failed", "suppressed", "expired", "superseded", "bounced"] as const
  ).map((end) => orchestrator.on(`delivery.${end}`, look));
  const cancel = io.clock.setTimeout(resolve, timeoutMs);
  const release = io.onSignal(resolve);
  look();
  await promise;
  cancel();
  release();
  for (const end of ends) end();
}

function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function describe({ id, sessionId, status, reason, attempts, skips }: DeliveryRecord): string[] {
  return [
    `${status}${reason === null ? "" : `: ${reason}`}`,
    `  delivery ${id} of session ${sessionId}`,
    ...attempts.map(
      (each) =>
        `  ${moment(each.startedAt)}  ${each.channel} (${each.chosenBy}): ${each.outcome ?? "under way"}${each.reason === null ? "" : `, ${each.reason}`}`,
    ),
    ...skips.map(({ channel, reason: why }) => `  not on ${channel}: ${why}`),
  ];
}
