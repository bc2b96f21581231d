/** The parts that the tests use of a package without types. */
declare module "hoodiecrow-imap" {
  import type { Server } from "node:net";
  import type { FetchHandler } from "hoodiecrow-imap/lib/commands/handlers/fetch.js";

  export interface Message {
    uid: number;
    raw: string;
    flags: string[];
  }
  export interface Folder {
    uidvalidity: number;
    uidnext: number;
    messages: Message[];
  }
  export interface HoodiecrowServer {
    readonly server: Server;
    listen(port: number, host: string, onListening: () => void): void;
    close(onClosed: () => void): void;
    getMailbox(path: string): Folder;
    appendMessage(path: string | Folder, flags: string[], internalDate: Date | string, raw: string): unknown;
    readonly fetchHandlers: Record<string, FetchHandler>;
  }
  export default function hoodiecrow(options: object): HoodiecrowServer;
}

declare module "hoodiecrow-imap/lib/commands/handlers/fetch.js" {
  export interface FetchQuery {
    partial?: number[] | undefined;
    asked?: number[] | undefined;
  }
  export type FetchHandler = (connection: unknown, message: unknown, query: FetchQuery) => unknown;
  const handlers: { readonly BODY: FetchHandler };
  export default handlers;
}
