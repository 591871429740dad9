# Runs a script for each cluster in a background job, and fails when one of them fails. Arguments: the script, then cluster names.
set -euo pipefail

script=$1
shift
pids=()
for cluster in "$@"; do bash "$script" "$cluster" & pids+=($!); done
for pid in "${pids[@]}"; do wait "$pid"; done
