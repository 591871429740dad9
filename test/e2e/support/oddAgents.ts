import type { ImageResolver, PodProgram } from "../../sandbox/pods";
import { readSecret, secretNames, writeSecret } from "../../sandbox/relay";
import type { ClientSecretData } from "../../sandbox/relay/clientCertificates";
import { containerValues, versions } from "./generation";

type Image = ReturnType<ImageResolver>;

/** Values of the agent's chart that make it run another image of the same registry. */
export function agentImage(repository: string): object {
  return containerValues({ image: { repository } });
}

/** What stands behind the images that are not the agent's; undefined for all others. */
export function oddImages(image: string, forged: () => ClientSecretData): Image | undefined {
  if (image.includes("/leaking-agent:")) return () => leaking;
  if (image.includes("/failing-agent:")) return () => failing;
  if (image.includes("/forging-agent:")) return () => forging(forged());
  const failure = pullFailure(image);
  return failure === undefined ? undefined : { waitingReason: "ErrImagePull", message: failure };
}

/** In the words of containerd 1.7. */
function pullFailure(image: string): string | undefined {
  const failed = `failed to pull and unpack image "${image}": failed to resolve reference "${image}"`;
  const notFound = "rpc error: code = NotFound desc =";
  if (image.includes("/missing-agent:")) return `${notFound} ${failed}: ${image}: not found`;
  if (!image.includes("/far-agent:")) return undefined;
  const url = `https://gcr.io/v2/gloo-mesh/far-agent/manifests/${versions.usual}`;
  return `rpc error: code = Unknown desc = ${failed}: failed to do request: Head "${url}": dial tcp: lookup gcr.io on 10.96.0.10:53: no such host`;
}

/** Panics with everything that it should keep to itself. */
const leaking: PodProgram = {
  run: async (context) => {
    const token = await readSecret(context.kubeConfig, {
      name: secretNames.identityToken,
      namespace: context.namespace,
    });
    const text = token?.get("token") ?? "";
    context.log(`panic: token ${text} (base64 ${Buffer.from(text).toString("base64")}) is no good, Bearer ${text}`);
    context.log("goroutine 1 [running]:");
    context.log("main.main()");
    return 2;
  },
};

/** Ends with an exit code of its own. */
const failing: PodProgram = {
  run: async (context) => {
    context.log('{"level":"fatal","msg":"settings gloo-mesh/settings are of a newer schema than this binary knows"}');
    return 3;
  },
};

/** Stores a certificate that the hub never issued, once for each pod, and ends. */
function forging(data: ClientSecretData): PodProgram {
  return {
    run: async (context) => {
      const place = { name: secretNames.client, namespace: context.namespace };
      if (!hasStored.has(context.podName)) await writeSecret(context.kubeConfig, place, { ...data });
      hasStored.add(context.podName);
      context.log("the certificate of my own is stored");
      return 4;
    },
  };
}

const hasStored = new Set<string>();
