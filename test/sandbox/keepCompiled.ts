// Is loaded before the program of a process that Pulumi kills at the end of a run: what Node has compiled it would write only when a process
// ends by itself. Each kind of process needs a cache of its own: Pulumi turns on V8's debugger and native syntax in a program, but not in its provider
// host, and what was compiled without them is refused where they are on, and the other way round.
import { flushCompileCache } from "node:module";

setInterval(() => flushCompileCache(), 500).unref();
