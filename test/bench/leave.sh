# Takes away what guide.sh or meshctl has made; not measured. Arguments as for guide.sh, all at once.
set -euo pipefail

leave() {
  helm uninstall enterprise-agent --kube-context "$1" --namespace gloo-mesh
  kubectl --context "$1" delete namespace gloo-mesh
  kubectl --context management -n gloo-mesh delete kubernetescluster "$1"
}

pids=()
for cluster in "$@"; do leave "$cluster" & pids+=($!); done
for pid in "${pids[@]}"; do wait "$pid"; done
