// Is loaded before Pulumi's SDK. That loads TypeScript and npm's dependency resolver in every program and provider host, to serialise functions, of which this
// package has none: a sixth of the processor time of a run. Here they are loaded when something of them is used.
import Module from "node:module";

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;

const loader = Module as unknown as { _load: Load };
const load = loader._load;

loader._load = function (request, ...rest) {
  const now = () => load.call(this, request, ...rest);
  return request === "@npmcli/arborist" || request.endsWith("/typescript-shim") ? onFirstUse(now) : now();
};

/** The modules that the SDK imports so are objects, of which it reads properties by name. */
function onFirstUse(now: () => unknown): object {
  const get = (_: object, name: string | symbol) =>
    // Otherwise the import copies all properties at once.
    name === "__esModule" ? true : (now() as Record<string | symbol, unknown>)[name];
  return new Proxy({}, { get });
}
