// Is loaded before the program of a process that Pulumi kills at the end of a run: what Node has compiled it would write only when a process
// ends by itself. Each kind of process needs a cache of its own. They set different options of V8 while they load, and a file that was compiled
// under other options is refused, compiled again and written again, in each run.
import { flushCompileCache } from "node:module";

setInterval(() => flushCompileCache(), 500).unref();
