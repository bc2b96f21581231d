import { OrchestratorError, type Plugin } from "@hybrid-orchestrator/core";
import { githubVerifier } from "@hybrid-orchestrator/signatures";
import { issueChannel } from "./channel.js";
import { githubClient, type TokenProvider } from "./client.js";
import { type GithubChannelConfig, readSettings } from "./config.js";
import { webhookRoute } from "./webhook.js";

export interface GithubChannelOptions extends Omit<GithubChannelConfig, "token"> {
  /** A token that may write issues, or what gives one for each request, e.g. of a GitHub App. */
  readonly token?: string | TokenProvider | undefined;
}

/**
 * A channel to workers over GitHub issues, and with a `webhookSecret` the route `/webhook` for their comments.
 * @throws OrchestratorError `invalid_configuration`
 */
export function githubChannel(options: GithubChannelOptions = {}): Plugin {
  const { token, ...rest } = options;
  const isProvider = typeof token === "function";
  const settings = readSettings(isProvider || token === undefined ? rest : { ...rest, token });
  const provider = isProvider ? token : fixed(settings.token);
  const { name, webhookSecret } = settings;
  // A secret that cannot be used shows here and not when the orchestrator starts.
  if (webhookSecret !== undefined) githubVerifier(webhookSecret);
  return {
    specVersion: 1,
    name,
    setup(host) {
      const client = githubClient(settings, provider);
      host.onStop(() => client.close());
      host.channel(issueChannel({ settings, client, clock: host.clock }));
      if (webhookSecret !== undefined) host.route(webhookRoute(host, settings, webhookSecret));
    },
  };
}

function fixed(token: string | undefined): TokenProvider {
  if (token === undefined)
    throw new OrchestratorError(
      "invalid_configuration",
      "The GitHub token is missing. Pass token or set GITHUB_TOKEN.",
    );
  return () => token;
}
