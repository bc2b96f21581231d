import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import hoodiecrow, { type HoodiecrowServer } from "hoodiecrow-imap";
import fetchHandlers, { type FetchHandler } from "hoodiecrow-imap/lib/commands/handlers/fetch.js";
import { ImapFlow } from "imapflow";

export interface TestMailbox {
  readonly port: number;
  readonly server: HoodiecrowServer;
  deliver(raw: string, flags?: string[]): void;
  /** As another mail program would do it. */
  asUser(work: (client: ImapFlow) => Promise<unknown>): Promise<void>;
  /** Ends every connection without a word. */
  cut(): void;
  /** Lets nothing through any more, in either direction, and says nothing of it. */
  freeze(): void;
  thaw(): void;
  connections(): number;
  /** The commands that clients sent, in order. */
  readonly commands: string[];
  close(): Promise<void>;
}

/** A real IMAP server with INBOX, Archive and Trash, behind a line that can be cut and frozen. */
export async function startMailbox(options: { readonly condstore?: boolean } = {}): Promise<TestMailbox> {
  const server = hoodiecrow({
    plugins: [
      "ENABLE",
      "IDLE",
      "ID",
      "UIDPLUS",
      "MOVE",
      "SPECIAL-USE",
      "LITERALPLUS",
      readsPartsOfEveryMessage,
      ...(options.condstore === false ? [] : ["CONDSTORE"]),
    ],
    storage: {
      INBOX: {},
      "": {
        separator: "/",
        folders: { Archive: { "special-use": "\\Archive" }, Trash: { "special-use": "\\Trash" } },
      },
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const target = (server.server.address() as AddressInfo).port;
  const ends = new Set<Socket>();
  const commands: string[] = [];
  let frozen = false;
  const line = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        ends.delete(from);
        to.destroy();
      });
      from.on("data", (chunk) => {
        if (from === near) commands.push(...String(chunk).split("\r\n").filter(Boolean));
        if (!frozen) to.write(chunk);
      });
    }
  });
  await new Promise<void>((resolve) => line.listen(0, "127.0.0.1", resolve));
  return {
    port: (line.address() as AddressInfo).port,
    server,
    commands,
    deliver: (raw, flags = []) =>
      void server.appendMessage("INBOX", flags, "25-Nov-2026 10:00:00 +0000", raw),
    async asUser(work) {
      const client = new ImapFlow({
        ...credentials,
        host: "127.0.0.1",
        port: target,
        secure: false,
        logger: false,
      });
      await client.connect();
      try {
        await client.mailboxOpen("INBOX");
        await work(client);
      } finally {
        await client.logout();
      }
    },
    cut() {
      for (const end of ends) end.destroy();
    },
    freeze() {
      frozen = true;
    },
    thaw() {
      frozen = false;
    },
    connections: () => ends.size / 2,
    async close() {
      for (const end of ends) end.destroy();
      await Promise.all([
        new Promise((resolve) => line.close(resolve)),
        new Promise<void>((resolve) => server.close(resolve)),
      ]);
    },
  };
}

const credentials = { auth: { user: "testuser", pass: "testpass" } };

export function rawMail(headers: Record<string, string>, text = "Hello."): string {
  const all = {
    From: "Ada <ada@example.org>",
    To: "agent@example.com",
    Date: "Wed, 25 Nov 2026 10:00:00 +0000",
    ...headers,
  };
  return `${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n${text}\r\n`;
}

/** hoodiecrow forgets the length in `BODY[]<0.1000>` after the first message of a FETCH. */
function readsPartsOfEveryMessage(server: HoodiecrowServer): void {
  const read: FetchHandler = (connection, message, query) => {
    query.asked ??= query.partial;
    const { asked } = query;
    const value = fetchHandlers.BODY(connection, message, { ...query, partial: asked && [...asked] });
    if (asked !== undefined) query.partial = asked.slice(0, 1);
    return value;
  };
  server.fetchHandlers.BODY = read;
  server.fetchHandlers["BODY.PEEK"] = read;
}
