import {
  addressOn,
  type Channel,
  type ChannelHealth,
  errorMessage,
  OrchestratorError,
  type OutboundMessage,
  type Plugin,
  type PluginHost,
  parseWith,
  type Recipient,
} from "@hybrid-orchestrator/core";
import { maskAddresses, parseAddress } from "@hybrid-orchestrator/mail";
import { orchestratorWay } from "./agent/orchestrator-way.js";
import { publicDemoWay } from "./agent/public-demo-way.js";
import { compose } from "./compose.js";
import { type EmailChannelConfig, type EmailSettings, emailChannelConfigSchema } from "./config.js";
import type { Email } from "./email.js";
import { readInbound } from "./inbound.js";
import { requireUsable } from "./requirements.js";
import { smtpWay } from "./smtp/way.js";
import { unsubscribe } from "./unsubscribe.js";
import type { Surroundings, Way } from "./way.js";

/** What a mail can hold without trouble anywhere. */
const maxCharacters = 100_000;
const mostListed = 100;

/** The plugin, and what it can read. All three throw `not_running` before it is set up and after it was stopped. */
export type EmailChannelPlugin = Plugin & {
  /** The newest mails, newest first; 100 at most. @throws OrchestratorError `unavailable` */
  getInbox(limit?: number): Promise<readonly Email[]>;
  /** The newest mails that contain the query. @throws OrchestratorError `invalid_argument`, `unavailable` */
  searchEmails(query: string, limit?: number): Promise<readonly Email[]>;
  /** Does not throw for what is not healthy. */
  checkHealth(): Promise<ChannelHealth>;
};

/**
 * A channel for mail: by SMTP and IMAP, or through an e-mail agent.
 * @throws OrchestratorError `invalid_configuration`
 */
export function emailChannel(config: EmailChannelConfig): EmailChannelPlugin {
  const settings = parseWith(emailChannelConfigSchema, config, {
    name: "e-mail channel's configuration",
    code: "invalid_configuration",
  });
  requireUsable(settings);
  let running: Way | undefined;

  function way(): Way {
    if (running !== undefined) return running;
    throw new OrchestratorError(
      "not_running",
      `The channel ${settings.name} is not running. Start it first.`,
    );
  }

  return {
    specVersion: 1,
    name: settings.name,
    setup(host) {
      const started = wayOf(settings, { clock: host.clock, logger: host.logger, random: Math.random });
      running = started;
      host.onStop(async () => {
        running = undefined;
        await started.stop();
      });
      host.channel(channelOf(settings, started));
      for (const route of routesOf(settings, host)) host.route(route);
      started.watch?.((email) => takeIn(email, { settings, way: started, host }));
    },
    getInbox: async (limit = 20) => (await way().getInbox?.(requireLimit(limit))) ?? [],
    async searchEmails(query, limit = 20) {
      if (query.trim() === "" || query.length > 200 || /\p{Cc}/u.test(query))
        throw new OrchestratorError(
          "invalid_argument",
          "A search needs 1 to 200 characters without control characters.",
        );
      return (await way().searchEmails?.(query, requireLimit(limit))) ?? [];
    },
    checkHealth: async () => way().checkHealth(),
  };
}

function wayOf(settings: EmailSettings, surroundings: Surroundings): Way {
  switch (settings.way) {
    case "smtp":
      return smtpWay(settings, surroundings);
    case "orchestrator":
      return orchestratorWay(settings, surroundings);
    case "public-demo":
      return publicDemoWay(settings, surroundings);
  }
}

function channelOf(settings: EmailSettings, way: Way): Channel {
  const { name, audience, footerFor } = settings;
  const canSend = way.send !== undefined;

  return {
    name,
    capabilities: {
      // SMTP has no key by which a second mail would be known as the first.
      idempotent: false,
      twoWay: way.watch !== undefined,
      statusCallbacks: way.watch !== undefined,
      answers: "words",
      maxLength: maxCharacters,
      richText: true,
      audience,
    },
    async send(message: OutboundMessage, options) {
      const to = addressOf(message.recipient, name);
      if (way.send === undefined)
        return { outcome: "misconfigured", reason: "nothing can be sent this way; configure a sender" };
      if (to === undefined)
        return { outcome: "permanent", reason: "the recipient has no valid e-mail address" };
      if (message.content.trim() === "") return { outcome: "permanent", reason: "the message has no text" };
      if (message.content.length > maxCharacters)
        return { outcome: "permanent", reason: `the text is longer than ${maxCharacters} characters` };
      return await way.send({ to, message, ...compose(message, footerFor) }, options);
    },
    canReach: (recipient) => canSend && addressOf(recipient, name) !== undefined,
    destination: (recipient) => addressOf(recipient, name)?.toLowerCase(),
    health: () => way.checkHealth(),
  };
}

function addressOf(recipient: Recipient, name: string): string | undefined {
  const text = addressOn(recipient, name) ?? recipient.email;
  return text === undefined ? undefined : parseAddress(text);
}

function routesOf(settings: EmailSettings, host: PluginHost) {
  const sender = settings.way === "smtp" ? settings : settings.way === "public-demo" && settings.sender;
  return (sender && unsubscribe(sender, settings.name)?.routes(host)) || [];
}

interface TakeInOptions {
  readonly settings: EmailSettings;
  readonly way: Way;
  readonly host: PluginHost;
}

/** Throws only for what may work later; the mail is handed in again then. */
async function takeIn(email: Email, { settings, way, host }: TakeInOptions): Promise<void> {
  const inbound = readInbound(email, { settings, way, now: host.clock.now() });
  try {
    switch (inbound.kind) {
      case "message":
        await host.receive(inbound.message);
        return;
      case "report":
        await host.reportStatus(inbound.report);
        return;
      case "ignored":
        host.logger.debug("mail is not taken in", { channel: settings.name, why: inbound.why });
        return;
    }
  } catch (error) {
    const lastWord = OrchestratorError.isInstance(error) && !error.retryable && error.code !== "not_running";
    if (!lastWord) throw error;
    // Else this one mail would keep all later ones away.
    host.logger.error("mail cannot be taken in", {
      channel: settings.name,
      code: error.code,
      error: maskAddresses(errorMessage(error)),
    });
  }
}

function requireLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1) return Math.min(limit, mostListed);
  throw new OrchestratorError("invalid_argument", "The limit must be a whole number from 1.");
}
