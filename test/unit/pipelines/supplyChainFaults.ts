import { imagesIn, jobsIn, type PipelineJob, usesIn } from "./pipelineJobs";

/** What a workflow or template does that others could abuse, in words; empty for a good one. */
export function supplyChainFaults(text: string): string[] {
  return [
    ...usesIn(text)
      .filter(({ action }) => !action.startsWith("./"))
      .flatMap(({ action, comment }) => [
        ...(/^[\w.-]+(\/[\w.-]+)+@[0-9a-f]{40}$/.test(action) ? [] : [`${action} is not pinned to a commit`]),
        ...(/^v\d+\.\d+\.\d+$/.test(comment ?? "") ? [] : [`${action} has no comment with its version`]),
      ]),
    ...imagesIn(text).flatMap((image) => (/@sha256:[0-9a-f]{64}$/.test(image) ? [] : [`${image} has no digest`])),
    // They run with the repository's secrets on what a fork has pushed.
    ...(/\b(pull_request_target|workflow_run)\b/.test(text) ? ["runs with secrets for forks"] : []),
    ...(/\bsecrets:\s*inherit\b/.test(text) ? ["hands on all secrets"] : []),
    ...jobsIn(text).flatMap((job) => jobFaults(job).map((fault) => `${job.name}: ${fault}`)),
  ];
}

function jobFaults(job: PipelineJob): string[] {
  const { steps, credentials, environment, permissions } = job;
  const login = steps.findIndex((step, index) => isLogin(step) || credentials[index]);
  const untrusted = (step: string) => /\bnpm (ci|i|install|run build)\b/.test(step);
  const mayLogIn = login !== -1 || permissions["id-token"] === "write";
  const comments = steps.some((step) => step.includes("ci:comment"));
  return [
    ...steps.flatMap((step, index) => {
      const found: string[] = [];
      if (login !== -1 && index >= login && untrusted(step)) found.push(`logs in before: ${step}`);
      if (mayLogIn && /\bnpm (ci|i|install)\b/.test(step) && !step.includes("--ignore-scripts")) {
        found.push(`runs install scripts: ${step}`);
      }
      if (/\b(curl|wget)\b/.test(step)) found.push(`downloads without a checksum: ${step}`);
      if (isLogin(step) && !/access_token:team"|--oidc-team /.test(step))
        found.push(`logs in for more than a team: ${step}`);
      if (/--oidc-token\s+(?!file:)/.test(step)) found.push(`has a token among the arguments: ${step}`);
      return found;
    }),
    ...(steps.some((step) => /ci:(preview|apply)\b/.test(step)) && environment === undefined
      ? ["has no environment, whose approvals and policy would hold"]
      : []),
    ...(comments && steps.some((step) => isLogin(step) || /ci:preview/.test(step))
      ? ["has the token for comments and runs the code of the request"]
      : []),
    ...(comments && permissions["id-token"] === "write" ? ["comments, and may log in"] : []),
    ...(comments && !targetFirst(steps) ? ["comments with the code of the request"] : []),
  ];
}

function isLogin(step: string): boolean {
  return /\bpulumi login\b|auth-actions@|-login@|configure-aws-credentials@|google-github-actions\/auth@/.test(step);
}

/** The code of the target branch is there before any of it runs. */
function targetFirst(steps: readonly string[]): boolean {
  const target = steps.findIndex((step) => /pull_request\.base\.sha|^git checkout --force FETCH_HEAD$/.test(step));
  return target !== -1 && steps.slice(0, target).every((step) => !/\bnpm\b|\.ci\//.test(step));
}
