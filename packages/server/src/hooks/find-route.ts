import type { Route } from "@hybrid-orchestrator/core";

export type PluginRoute = Route & { readonly plugin: string };

export type Found =
  | { readonly kind: "route"; readonly route: PluginRoute }
  /** There are routes at that address, for these methods. */
  | { readonly kind: "wrong_method"; readonly allowed: readonly string[] }
  | { readonly kind: "nothing" };

/** The route that serves `/hooks/PLUGIN/PATH`. A GET route serves HEAD as well. */
export function findRoute(routes: readonly PluginRoute[], method: string, pathname: string): Found {
  const address = segmentsOf(pathname);
  const here = address === null ? [] : routes.filter((route) => equal(addressOf(route), address));
  if (here.length === 0) return { kind: "nothing" };
  const wanted = method === "HEAD" ? "GET" : method;
  const route = here.find((one) => one.method === wanted);
  if (route !== undefined) return { kind: "route", route };
  const allowed = here.flatMap((one) => (one.method === "GET" ? ["GET", "HEAD"] : [one.method]));
  return { kind: "wrong_method", allowed };
}

function addressOf({ plugin, path }: PluginRoute): string[] {
  const below = path === "" || path.startsWith("/") ? path : `/${path}`;
  return ["hooks", plugin, ...below.split("/").slice(1)];
}

/** Decoded one by one, so that an encoded slash stays part of a name and opens no other route. */
function segmentsOf(pathname: string): string[] | null {
  try {
    return pathname.split("/").slice(1).map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

function equal(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((segment, index) => segment === other[index]);
}
