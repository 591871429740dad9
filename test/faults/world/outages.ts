import { secretNames } from "../../sandbox/relay";
import type { SandboxCluster } from "../../sandbox/sandbox";
import { deployment, kubernetesCluster, type Meddling, secret } from "./meddlings";

/** How we, Pulumi's Kubernetes plugin and Helm tell that nobody answers; which of the three meets it is chance. */
const unreachable =
  /GMR\d{3} |connection refused|ECONNREFUSED|connection reset|socket hang up|EOF|unreachable|etcdserver/;

const restartServer = ({ plane }: SandboxCluster) => plane.restart();
const restartEtcd = ({ plane }: SandboxCluster) => plane.restartEtcd();

/**
 * What a run writes to restarts when the object has been stored and nobody has been told. All connections break, and what is asked until it is
 * back is refused.
 */
export const outages: readonly Meddling[] = [
  {
    id: "remote-api-server/at-the-token",
    side: "remote",
    writes: secret(secretNames.identityToken),
    act: restartServer,
  },
  { id: "remote-api-server/at-the-agent", side: "remote", writes: deployment, act: restartServer },
  { id: "hub-api-server/at-the-registration", side: "hub", writes: kubernetesCluster, act: restartServer },
  { id: "etcd/at-the-token", side: "remote", writes: secret(secretNames.identityToken), act: restartEtcd },
  { id: "etcd/at-the-agent", side: "remote", writes: deployment, act: restartEtcd },
].map((one) => ({ ...one, id: `world/restarted/${one.id}`, side: one.side as Meddling["side"], fails: unreachable }));
