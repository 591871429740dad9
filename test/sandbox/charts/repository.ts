import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import type * as http from "node:http";
import * as path from "node:path";
import { pipeline } from "node:stream";
import { promisify } from "node:util";
import { repositoryRoot } from "../repositoryRoot";
import { type Protection, startProtected } from "./protection";

/** Name of the agent's chart in 1.x, as the product calls it. */
export const CHART = "enterprise-agent";

/** Versions of it that the repository offers: early 1.0, the last 1.0, and the lines whose values differ from 1.0. */
export const CHART_VERSIONS: readonly string[] = ["1.0.4", "1.0.13", "1.1.1", "1.2.0"];

/** Names of the two charts of 2.x. */
export const platformCharts = { definitions: "gloo-platform-crds", platform: "gloo-platform" } as const;

/** Versions of both that the repository offers: the oldest supported line, an old, and two patches of the newest. */
export const platformVersions: readonly string[] = ["2.11.3", "2.13.0", "2.14.0", "2.14.1"];

const everyChart: Readonly<Record<string, readonly string[]>> = {
  [CHART]: CHART_VERSIONS,
  [platformCharts.definitions]: platformVersions,
  [platformCharts.platform]: platformVersions,
};

/** Responses that are being withheld. */
export interface Hold {
  /** Resolves with the path of the first request that is withheld. */
  readonly arrived: Promise<string>;
  /** Answers everything withheld so far and from now on. */
  release(): void;
}

/** An HTTP chart repository on this machine. */
export interface ChartRepository {
  /** `http://127.0.0.1:PORT/`, or with TLS `https://localhost:PORT/`, as helm's `--repo` wants it. */
  readonly url: string;
  /** Versions on offer, by the name of their chart. */
  readonly versions: Readonly<Record<string, readonly string[]>>;
  /** How often each path has been asked for, e.g. `/index.yaml`. */
  requests(): ReadonlyMap<string, number>;
  /**
   * Withholds the responses to paths that match (default: all) until released, so that a test can act, for instance
   * kill the client, while a download is under way.
   */
  hold(matching?: RegExp): Hold;
  /** Answers every further request this much later. 0 ends that. */
  delay(seconds: number): void;
  stop(): Promise<void>;
}

/**
 * Packages the stand-in charts in each version with helm and serves the packages with their index.
 *
 * @param options.folder receives the packages; it is created when missing and removed by `stop`
 * @param options.helm path of the helm binary
 * @param options.versions by the name of their chart; default: those of all three charts
 * @param options.protection default: none
 * @throws when helm fails, with its message
 */
export async function startChartRepository(options: {
  folder: string;
  helm: string;
  versions?: Readonly<Record<string, readonly string[]>>;
  protection?: Protection;
}): Promise<ChartRepository> {
  const versions = options.versions ?? everyChart;
  await packageCharts(options.folder, options.helm, versions);
  const files = new Set((await readdir(options.folder)).map((file) => `/${file}`));
  const counts = new Map<string, number>();
  const holds = new Set<WithheldResponses>();
  let delaySeconds = 0;

  const answer = (requested: string, response: http.ServerResponse): void => {
    if (!files.has(requested)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": contentType(requested) });
    // A client that goes away in the middle of a download is no failure of the repository.
    pipeline(createReadStream(path.join(options.folder, requested)), response, () => undefined);
  };
  const server = await startProtected(options.protection ?? {}, (request, response) => {
    const requested = new URL(request.url ?? "/", "http://repository").pathname;
    counts.set(requested, (counts.get(requested) ?? 0) + 1);
    const waits = [...holds].filter(({ matching }) => matching.test(requested));
    for (const hold of waits) hold.arrive(requested);
    void Promise.all(waits.map(({ released }) => released)).then(() => {
      // The client may have gone while it waited; a timer would then only keep this process alive.
      if (response.destroyed) return;
      if (delaySeconds === 0) return answer(requested, response);
      const timer = setTimeout(() => answer(requested, response), delaySeconds * 1000);
      response.once("close", () => clearTimeout(timer));
    });
  });

  return {
    url: server.url,
    versions,
    requests: () => new Map(counts),
    hold: (matching = /^/) => {
      const hold = new WithheldResponses(matching);
      holds.add(hold);
      return {
        arrived: hold.arrived,
        release: () => {
          holds.delete(hold);
          hold.release();
        },
      };
    },
    delay: (seconds) => {
      delaySeconds = seconds;
    },
    stop: async () => {
      const closed = server.stop();
      for (const hold of holds) hold.release();
      await closed;
      await rm(options.folder, { recursive: true, force: true });
    },
  };
}

/** The two promises of one hold, settled from outside. */
class WithheldResponses {
  arrive: (path: string) => void = () => undefined;
  release: () => void = () => undefined;
  readonly arrived = new Promise<string>((resolve) => {
    this.arrive = resolve;
  });
  readonly released = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  constructor(readonly matching: RegExp) {}
}

async function packageCharts(
  folder: string,
  helm: string,
  versions: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const home = path.join(folder, ".helm");
  // Nothing of the user's own helm set-up takes part or is touched.
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  await mkdir(folder, { recursive: true });
  const packaging = Object.entries(versions).map(async ([name, offered]) => {
    const chart = path.join(repositoryRoot(), "test", "sandbox", "charts", name);
    for (const version of offered) {
      await run(helm, ["package", chart, "--version", version, "--app-version", version, "--destination", folder], env);
    }
  });
  const failed = (await Promise.allSettled(packaging)).find((one) => one.status === "rejected");
  try {
    if (failed !== undefined) throw failed.reason;
    // Without --url the index holds relative addresses, so it needs no knowledge of the port.
    await run(helm, ["repo", "index", folder], env);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  await rm(home, { recursive: true, force: true });
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  await promisify(execFile)(command, args, { env });
}

function contentType(file: string): string {
  return file.endsWith(".tgz") ? "application/gzip" : "application/yaml";
}
