import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";

/**
 * A small process that outlives this one for a moment: as soon as its input ends – because this process returned,
 * crashed or was killed – it ends every process it was told about, with all their descendants, and removes the folder.
 *
 * It is a shell script and not a Node program because there is one for every sandbox: 1 MB and 2 ms instead of 40 and 40.
 */
export class Watchdog {
  private constructor(private readonly child: ChildProcess) {}

  static async start(): Promise<Watchdog> {
    // A session of its own: Ctrl-C in the terminal and the hang-up of a closed one must not reach it.
    const child = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"], cwd: "/" });
    await once(child, "spawn");
    child.unref();
    // A dead watchdog is noticed by `alive`; without a listener its broken pipe would end this process.
    child.stdin.on("error", () => {});
    if (child.stdin instanceof Socket) child.stdin.unref();
    return new Watchdog(child);
  }

  /** False once the watchdog itself has ended: what is spawned from now on would be unguarded. */
  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Guards the process and everything that descends from it. */
  guard(pid: number): void {
    this.tell(`+ ${pid}`);
  }

  /** Forgets a process that has ended: its number may soon be another's. */
  release(pid: number): void {
    this.tell(`- ${pid}`);
  }

  /** Names the folder that is removed after the processes have been ended, when this process is gone. */
  removeFolder(folder: string): void {
    if (folder.includes("\n")) throw new Error("a folder with a line break in its name cannot be guarded");
    this.tell(`f ${folder}`);
  }

  /** Ends the watchdog and leaves everything else as it is. */
  async dismiss(): Promise<void> {
    if (!this.alive) return;
    const ended = once(this.child, "exit");
    this.child.ref();
    this.tell("x");
    this.child.stdin?.end();
    await ended;
  }

  private tell(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }
}

// Descendants are looked up because some lead process groups of their own (pulumi starts its plugins that way).
// The grace of 2 s lets pulumi end its plugins in order. One that waits to be reaped (Z) has ended.
const script = `
trap '' HUP INT QUIT TERM
pids=' '
folder=
while IFS= read -r line; do
  rest=\${line#? }
  case $line in
    '+ '*) pids="$pids$rest " ;;
    '- '*) case $pids in *" $rest "*) pids="\${pids%% $rest *} \${pids#* $rest }" ;; esac ;;
    'f '*) folder=$rest ;;
    x) exit 0 ;;
  esac
done
family=$(ps -A -o pid= -o ppid= | awk -v guarded="$pids" '
  BEGIN { count = split(guarded, list, " "); for (i = 1; i <= count; i++) ours[list[i]] = 1 }
  { parent[$1] = $2 }
  END { for (pid in parent) for (p = pid; p > 1; p = parent[p]) if (p in ours) { print pid; break } }')
for pid in $pids; do kill -TERM -"$pid"; done
for pid in $family; do kill -TERM "$pid"; done
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  left=$(ps -A -o pid= -o stat= | awk -v ended="$pids $family" '
    BEGIN { count = split(ended, list, " "); for (i = 1; i <= count; i++) ours[list[i]] = 1 }
    ($1 in ours) && $2 !~ /^Z/')
  [ -z "$left" ] && break
  sleep 0.1
done
for pid in $pids; do kill -KILL -"$pid"; done
for pid in $family; do kill -KILL "$pid"; done
if [ -n "$folder" ]; then rm -rf -- "$folder" || { sleep 1; rm -rf -- "$folder"; }; fi
`;
