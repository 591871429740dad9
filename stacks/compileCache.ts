import { enableCompileCache } from "node:module";

// Node keeps the compiled form of what is imported from here on, in its own folder below the temporary one: a run starts the sooner.
// Older versions of Node do not have it.
enableCompileCache?.();
