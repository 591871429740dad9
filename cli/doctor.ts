import { exitCodes, type Subcommand } from "./command";

/** Looks at one registration, or at what one would meet. */
export const doctor: Subcommand = {
  usage: "usage: gloo-mesh-relay-registration doctor [options]",
  async run(_args, _terminal) {
    return exitCodes.good;
  },
};
