# Removes what guide.sh or meshctl has made, one cluster after the other. Arguments as for guide.sh.
set -euo pipefail

leave() {
  helm uninstall enterprise-agent --kube-context "$1" --namespace gloo-mesh
  kubectl --context "$1" delete namespace gloo-mesh
  kubectl --context management -n gloo-mesh delete kubernetescluster "$1"
}

for cluster in "$@"; do leave "$cluster"; done
