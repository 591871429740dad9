// Entry point of the plugin process; the shell script that install.ts writes sets the environment.
import { serve } from "../engine/serve";
import { CommandProvider } from "./provider";

void serve((host) => new CommandProvider(host, process.env["STAND_IN_VERSION"] ?? ""));
