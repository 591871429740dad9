export { type InstallOptions, installPlugins, type PluginName, type PluginSource, pluginVersion } from "./install";
