import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorMessage } from "@hybrid-orchestrator/core";
import { installedPackages, ourPackages, type StoredPackage } from "./stored-packages.js";

export interface LocalRegistry {
  readonly url: string;
  close(): Promise<void>;
}

/** A registry on the loopback interface: our packages as they would be published, others as they are installed here. */
export async function localRegistry(): Promise<LocalRegistry> {
  const ours = ourPackages();
  const known = new Map<string, readonly StoredPackage[]>();

  function versionsOf(name: string): readonly StoredPackage[] {
    const own = ours.get(name);
    const versions = known.get(name) ?? (own === undefined ? installedPackages(name) : [own]);
    known.set(name, versions);
    return versions;
  }

  async function answer(path: string, response: ServerResponse): Promise<void> {
    const [name = "", version] = decodeURIComponent(path).slice(1).split("/-/");
    const versions = versionsOf(name);
    if (version === undefined && versions.length > 0) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(packument(name, versions)));
      return;
    }
    const wanted = versions.find(({ manifest }) => `${manifest.version}.tgz` === version);
    if (wanted === undefined) {
      response.writeHead(404).end("{}");
      return;
    }
    response.end(await wanted.tarball());
  }

  function packument(name: string, versions: readonly StoredPackage[]) {
    const sorted = versions.map(({ manifest }) => manifest).sort((a, b) => compare(a.version, b.version));
    return {
      name,
      "dist-tags": { latest: sorted.at(-1)?.version },
      versions: Object.fromEntries(
        sorted.map((manifest) => [
          manifest.version,
          { ...manifest, dist: { tarball: `${url}/${name}/-/${manifest.version}.tgz` } },
        ]),
      ),
    };
  }

  const server = createServer((request, response) => {
    answer(request.url ?? "", response).catch((error: unknown) =>
      response.writeHead(500).end(JSON.stringify({ error: errorMessage(error) })),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Releases before pre-releases, then by number. */
function compare(a: string, b: string): number {
  const isRelease = (version: string) => Number(!version.includes("-"));
  return isRelease(a) - isRelease(b) || a.localeCompare(b, "en", { numeric: true });
}
