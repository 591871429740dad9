# The vendor's guide "Register with Helm", as somebody would write it who does it often: no files, the repository added beforehand, and a
# wait for the client certificate that ends when it is there. Arguments: cluster names, which are also the contexts; one after the other.
# Environment: RELAY_ADDRESS, VERSION, and the repository "enterprise-agent" in helm's configuration.
set -euo pipefail

from_hub() { kubectl --context management -n gloo-mesh get secret "$1" -o "jsonpath={.data.$2}" | base64 -d; }

register() {
  local cluster=$1
  local remote=(kubectl --context "$cluster")
  "${remote[@]}" create namespace gloo-mesh
  "${remote[@]}" -n gloo-mesh create secret generic relay-root-tls-secret --from-file ca.crt=<(from_hub relay-root-tls-secret 'ca\.crt')
  "${remote[@]}" -n gloo-mesh create secret generic relay-identity-token-secret --from-file token=<(from_hub relay-identity-token-secret token)
  helm install enterprise-agent enterprise-agent/enterprise-agent --kube-context "$cluster" --namespace gloo-mesh --version "$VERSION" \
    --set "relay.serverAddress=$RELAY_ADDRESS" --set relay.authority=enterprise-networking.gloo-mesh --set "relay.cluster=$cluster"
  kubectl --context management apply -f - <<YAML
apiVersion: multicluster.solo.io/v1alpha1
kind: KubernetesCluster
metadata:
  name: $cluster
  namespace: gloo-mesh
spec:
  clusterDomain: cluster.local
YAML
  "${remote[@]}" -n gloo-mesh wait --for=create secret/relay-client-tls-secret --timeout=300s
}

for cluster in "$@"; do register "$cluster"; done
