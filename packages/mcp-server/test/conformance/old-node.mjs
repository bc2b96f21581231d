// The runner asks node:fs for globSync, which Node.js has since version 22; it needs it only to find files of its own
// command line that we do not use. So it runs under version 20, too.
import { register } from "node:module";

const fs = asModule('export * from "node:fs"; export const globSync = () => [];');
register(
  asModule(`export function resolve(specifier, context, next) {
    const ours = specifier === "fs" && context.parentURL?.includes("/@modelcontextprotocol/conformance/");
    return ours ? { url: ${JSON.stringify(fs)}, shortCircuit: true } : next(specifier, context);
  }`),
);

function asModule(source) {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
