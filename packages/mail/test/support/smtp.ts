import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
}

export interface TestSmtp {
  readonly port: number;
  readonly taken: TakenMail[];
  close(): Promise<void>;
}

/** A real SMTP server that keeps what it takes. */
export async function startSmtp(options: SMTPServerOptions = {}): Promise<TestSmtp> {
  const taken: TakenMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    closeTimeout: 100,
    logger: false,
    onData(stream, { envelope }, callback) {
      buffer(stream).then((source) => {
        taken.push({
          from: envelope.mailFrom === false ? "" : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          raw: source.toString(),
        });
        callback();
      }, callback);
    },
    ...options,
  });
  server.on("error", () => undefined);
  const listener = server.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    taken,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

export interface ScriptedSmtp {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A server that answers each line by `answer`: text, "silence", or "hang up". After `354` it takes the mail and asks
 * `answer(".")`. For what no sound server does.
 */
export async function startScriptedSmtp(
  answer: (line: string) => string,
  greeting = "220 ready\r\n",
): Promise<ScriptedSmtp> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    if (greeting === "hang up") socket.destroy();
    else if (greeting !== "silence") socket.write(greeting);
    let inMail = false;
    let rest = "";
    socket.on("data", (chunk) => {
      rest += String(chunk);
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (inMail && line !== ".") continue;
        inMail = false;
        const reply = answer(line);
        if (reply === "hang up") {
          socket.destroy();
          return;
        }
        if (reply === "silence") continue;
        inMail = reply.startsWith("354");
        socket.write(`${reply}\r\n`);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
