import type { Suppression } from "@hybrid-orchestrator/channel-hub";
import { type NewRecipient, OrchestratorError, parseWith, recipientSchema } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { type Address, addressOf } from "../delivery/addresses.js";
import type { Runtime } from "../runtime.js";

/** An address on a channel: as the channel spells it, or that of a recipient. */
export type SuppressionTarget =
  | { readonly channel: string; readonly address: string }
  | { readonly channel: string; readonly recipient: NewRecipient };

const channel = z.string().min(1).max(100);
const targetSchema = z.union([
  z.strictObject({ channel, address: z.string().min(1).max(500) }),
  z.strictObject({ channel, recipient: recipientSchema }),
]);
const reasonSchema = z.string().min(1).max(500);

/** Addresses that are not to be written to any more, by channel. */
export class SuppressionsApi {
  readonly #runtime: Runtime;
  readonly #ready: () => Promise<void>;

  constructor(runtime: Runtime, ready: () => Promise<void>) {
    this.#runtime = runtime;
    this.#ready = ready;
  }

  /** From here on nothing begins to leave for that address on that channel. What was known first stays. */
  async add(input: SuppressionTarget & { readonly reason: string }): Promise<Suppression> {
    await this.#ready();
    const { reason: text, ...target } = input;
    const address = this.#address(target as SuppressionTarget);
    const reason = parseWith(reasonSchema, text, { name: "reason of a suppression" });
    const added: Suppression = { reason, source: "api", since: this.#runtime.settings.clock.now() };
    await this.#runtime.addresses.suppress(address, added);
    return (await this.#runtime.addresses.read(address)).suppression ?? added;
  }

  /** Says whether it was suppressed. */
  async remove(target: SuppressionTarget): Promise<boolean> {
    await this.#ready();
    return this.#runtime.addresses.unsuppress(this.#address(target));
  }

  async get(target: SuppressionTarget): Promise<Suppression | null> {
    await this.#ready();
    return (await this.#runtime.addresses.read(this.#address(target))).suppression;
  }

  #address(input: SuppressionTarget): Address {
    const target = parseWith(targetSchema, input, { name: "suppression" });
    if ("address" in target) return { channel: target.channel, destination: target.address };
    const view = this.#runtime.hub.views().channels.get(target.channel);
    if (view === undefined)
      throw new OrchestratorError(
        "unknown_name",
        `No channel is named ${target.channel}, so nobody knows how it spells an address. Pass the address itself.`,
      );
    return addressOf(view, target.recipient);
  }
}
