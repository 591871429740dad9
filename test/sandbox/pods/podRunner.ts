import { type ControlPlane, mintUser } from "../controlplane";
import { type BackOffLimits, kubeletBackOff } from "./backOff";
import { EventRecorder } from "./eventRecorder";
import { KubeletServer } from "./kubeletServer";
import { NodeAccess } from "./nodeAccess";
import { chooseNodeIp, kubeletPort, nodeName, registerNode } from "./nodeObject";
import { NodePods } from "./nodePods";
import { PodNetwork } from "./podNetwork";
import { PodWatch } from "./podWatch";
import type { ImageResolver } from "./program";

/** How a PodRunner works. */
export interface PodRunnerOptions {
  readonly images: ImageResolver;
  /** Waits of crashed containers and failed pulls; default is the kubelet's 10 s doubling to 300 s. */
  readonly backOff?: BackOffLimits;
  /** Told when something could not be done, for example while the API server is away. Never contains secrets. */
  readonly report?: (line: string) => void;
}

/**
 * Scheduler and kubelet of one cluster, reduced to what a sandbox needs: it runs pods as programs inside this process, on one
 * node. Not modelled: volumes, limits, probes (a program tells when it is ready), init containers, affinity.
 */
export class PodRunner {
  readonly #stops: (() => Promise<void>)[];

  private constructor(stops: (() => Promise<void>)[]) {
    this.#stops = stops;
  }

  /**
   * Registers the node and begins to run pods. Pods that an earlier runner left behind are started again, with one more restart.
   * @throws when the API server cannot be reached or a socket cannot be opened; nothing is left running then.
   */
  static async start(plane: ControlPlane, options: PodRunnerOptions): Promise<PodRunner> {
    const runner = new PodRunner([]);
    try {
      await runner.#start(plane, options);
      return runner;
    } catch (error) {
      await runner.stop();
      throw error;
    }
  }

  /** Ends all programs and sockets. Objects in the cluster stay as they are, as after the crash of a real node. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) {
      await stop();
    }
  }

  async #start(plane: ControlPlane, options: PodRunnerOptions): Promise<void> {
    const report = options.report ?? (() => undefined);
    // A user of its own, so that the audit log tells the node's calls from those of others.
    const kubeConfig = await mintUser(plane, {
      name: `system:node:${nodeName}`,
      groups: ["system:nodes", "system:masters"],
    });
    const access = new NodeAccess(kubeConfig);
    const network = await PodNetwork.start(plane.podNetworkSocket, await chooseNodeIp(access.core));
    this.#stops.push(() => network.stop());

    const events = new EventRecorder(access.core, nodeName);
    this.#stops.push(() => events.stop());

    const pods = new NodePods({
      nodeName,
      access,
      events,
      network,
      report,
      serviceAccountAccess: (namespace, name) => mintUser(plane, serviceAccountUser(namespace, name)),
      images: options.images,
      pulledImages: new Set(),
      backOff: options.backOff ?? kubeletBackOff,
    });
    this.#stops.push(() => pods.stop());

    const kubelet = await KubeletServer.start({
      ...(await plane.issueServingCertificate({ dns: [nodeName], ips: [network.nodeIp] })),
      clientCa: plane.certificateAuthority,
      lookup: (namespace, pod, container) => pods.find(namespace, pod, container),
    });
    this.#stops.push(() => kubelet.stop());
    network.route(network.nodeIp, kubeletPort, kubelet.address);

    await registerNode(access.core, network.nodeIp);
    const watch = new PodWatch(kubeConfig, pods, report);
    this.#stops.push(() => watch.stop());
    await watch.start();
  }
}

/** The user and groups that the API server derives from a ServiceAccount's token. */
function serviceAccountUser(namespace: string, name: string): { name: string; groups: string[] } {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  };
}
