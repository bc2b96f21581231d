import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { errorMessage } from "@hybrid-orchestrator/core";
import { buildConnector, errors } from "undici";
import { isSameAddress } from "./address.js";
import { portOf } from "./check-url.js";
import { addressRefused, type CheckedTarget, type ResolveOptions, resolveTarget } from "./resolve.js";

export interface ConnectorOptions extends ResolveOptions {
  /** For the lookup, the connection and the TLS handshake together. */
  readonly connectTimeoutMs: number;
  readonly ca?: string | readonly string[] | undefined;
}

/**
 * How undici opens each connection. The origin and its addresses are checked here and nowhere earlier, so there is no
 * moment between check and use; the name is looked up once, and what was checked is what is connected to.
 */
export function safeConnector(options: ConnectorOptions): buildConnector.connector {
  const { connectTimeoutMs, ca } = options;
  // NODE_TLS_REJECT_UNAUTHORIZED does not count here.
  const upgrade = buildConnector({
    timeout: 0,
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca: typeof ca === "string" ? ca : [...ca] }),
  });

  return ({ protocol, host, hostname, port, localAddress = null }, callback) => {
    let tcp: Socket | undefined;
    let isSettled = false;
    const fail = (error: Error) => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      tcp?.destroy();
      callback(error, null);
    };
    const succeed = (socket: Socket) => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      callback(null, socket);
    };
    const timer = setTimeout(
      () => fail(new errors.ConnectTimeoutError(`Connecting took longer than ${connectTimeoutMs} ms.`)),
      connectTimeoutMs,
    ).unref();

    const open = (target: CheckedTarget) => {
      if (isSettled) return;
      const socket = openTcp(target, localAddress);
      tcp = socket;
      socket.on("error", fail);
      socket.once("connect", () => {
        // Something below may have led it elsewhere, a transparent proxy that is preloaded for instance.
        const { remoteAddress } = socket;
        if (remoteAddress === undefined) return fail(closedAtOnce());
        if (!target.addresses.some((address) => isSameAddress(address, remoteAddress)))
          return fail(addressRefused(target.hostname, "not the one that was checked"));
        if (protocol !== "https:") return succeed(socket);
        // The certificate must be the URL's, whatever the request's Host header says.
        const servername = isIP(target.hostname) === 0 ? target.hostname : "";
        upgrade(
          { protocol, hostname: target.hostname, port, servername, httpSocket: socket },
          (error, secured) => (error === null ? succeed(secured) : fail(error)),
        );
      });
    };
    resolveTarget(`${protocol}//${host ?? hostname}/`, options)
      .then(open)
      .catch((error: unknown) => fail(error instanceof Error ? error : new Error(errorMessage(error))));
  };
}

/** Not undici's SocketError: after that one it would connect again, without end. */
function closedAtOnce(): Error {
  return Object.assign(new Error("The connection was closed at once."), { code: "ECONNRESET" });
}

/** Node tries the addresses in turn, the next one when one does not answer soon, and no others. */
function openTcp({ url, hostname, addresses }: CheckedTarget, localAddress: string | null): Socket {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const lookup: LookupFunction = (_, { all }, done) => {
    const [first = { address: "", family: 0 }] = found;
    if (all === true) done(null, found);
    else done(null, first.address, first.family);
  };
  return connectTcp({
    host: hostname,
    port: portOf(url),
    lookup,
    autoSelectFamily: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    ...(localAddress === null ? {} : { localAddress }),
  });
}
