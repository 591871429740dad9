export { cacheFolder, compiledModules } from "./cache";
export { type EnsureOptions, ensureTools, MissingToolsError } from "./ensure";
export { buildGoProgram } from "./goProgram";
export { withLock } from "./lock";
export { sandboxToolNames, type Tool, type ToolName, type Tools, toolNames } from "./tools";
