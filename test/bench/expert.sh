# The steps of guide.sh as an expert writes them for many clusters: root CA and token are read once, each cluster has a background job, and its
# KubernetesCluster comes first, because an agent that starts before it crashes and waits ten seconds. Arguments and environment as for guide.sh.
set -euo pipefail

secrets=(relay-root-tls-secret relay-identity-token-secret)
read -r ca token < <(kubectl --context management -n gloo-mesh get secret "${secrets[@]}" \
  -o 'jsonpath={.items[0].data.ca\.crt} {.items[1].data.token}{"\n"}')

register() {
  local cluster=$1
  kubectl --context management create -f - <<YAML
apiVersion: multicluster.solo.io/v1alpha1
kind: KubernetesCluster
metadata: { name: $cluster, namespace: gloo-mesh }
spec: { clusterDomain: cluster.local }
YAML
  kubectl --context "$cluster" create -f - <<YAML
apiVersion: v1
kind: Namespace
metadata: { name: gloo-mesh }
---
apiVersion: v1
kind: Secret
metadata: { name: relay-root-tls-secret, namespace: gloo-mesh }
data: { ca.crt: $ca }
---
apiVersion: v1
kind: Secret
metadata: { name: relay-identity-token-secret, namespace: gloo-mesh }
data: { token: $token }
YAML
  helm install enterprise-agent enterprise-agent/enterprise-agent --kube-context "$cluster" --namespace gloo-mesh --version "$VERSION" \
    --set "relay.serverAddress=$RELAY_ADDRESS" --set relay.authority=enterprise-networking.gloo-mesh --set "relay.cluster=$cluster"
  kubectl --context "$cluster" -n gloo-mesh wait --for=create secret/relay-client-tls-secret --timeout=300s
}

pids=()
for cluster in "$@"; do register "$cluster" & pids+=($!); done
for pid in "${pids[@]}"; do wait "$pid"; done
