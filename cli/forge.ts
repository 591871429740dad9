import { Misuse } from "./command";

/** The comments of a pull request (GitHub) or merge request (GitLab), as its API addresses them. */
export interface Forge {
  readonly name: "GitHub" | "GitLab";
  /** Lists the comments and creates new ones. */
  readonly listUrl: string;
  /** The URL of one comment is this, a slash and its id. */
  readonly commentUrl: string;
  readonly updateMethod: "PATCH" | "PUT";
  /** Headers of each request, with the credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Answers with the user that the token belongs to. */
  readonly userUrl: string;
  /** Name of the user that writes with the token of an app, which `userUrl` refuses; undefined if apps write as users. */
  readonly appUser: string | undefined;
  /** The name of a user in an answer. */
  nameOf(user: Partial<Record<string, unknown>>): unknown;
  /** The user in a comment. */
  authorOf(comment: Partial<Record<string, unknown>>): unknown;
  /** The text as the comment must contain it to appear as it is. */
  escape(body: string): string;
}

/** Finds the pull request that a job runs for, by the job's variables. @throws Misuse when there is none */
export function forgeOf(env: NodeJS.ProcessEnv): Forge {
  if (env["GITHUB_ACTIONS"]) return gitHub(env);
  if (env["GITLAB_CI"]) return gitLab(env);
  throw new Misuse(
    "this is neither a job of GitHub Actions nor of GitLab CI: neither GITHUB_ACTIONS nor GITLAB_CI is set",
  );
}

function gitHub(env: NodeJS.ProcessEnv): Forge {
  const { token, api, repository, ref } = required(env, {
    token: "GITHUB_TOKEN",
    api: "GITHUB_API_URL",
    repository: "GITHUB_REPOSITORY",
    ref: "GITHUB_REF",
  });
  const number = /^refs\/pull\/(\d+)\//.exec(ref)?.[1];
  if (number === undefined) throw new Misuse(`GITHUB_REF is ${ref}, which is no pull request`);
  const issues = `${api}/repos/${repository}/issues`;
  return {
    name: "GitHub",
    listUrl: `${issues}/${number}/comments`,
    commentUrl: `${issues}/comments`,
    updateMethod: "PATCH",
    headers: { authorization: `Bearer ${token}`, "x-github-api-version": "2022-11-28" },
    userUrl: `${api}/user`,
    appUser: `${env["GITHUB_APP_SLUG"] || "github-actions"}[bot]`,
    nameOf: ({ login }) => login,
    authorOf: ({ user }) => user,
    escape: (body) => body,
  };
}

function gitLab(env: NodeJS.ProcessEnv): Forge {
  const { token, api, project, request } = required(env, {
    token: "GITLAB_TOKEN",
    api: "CI_API_V4_URL",
    project: "CI_PROJECT_ID",
    request: "CI_MERGE_REQUEST_IID",
  });
  const notes = `${api}/projects/${encodeURIComponent(project)}/merge_requests/${encodeURIComponent(request)}/notes`;
  return {
    name: "GitLab",
    listUrl: notes,
    commentUrl: notes,
    updateMethod: "PUT",
    headers: { "private-token": token },
    userUrl: `${api}/user`,
    appUser: undefined,
    nameOf: ({ username }) => username,
    authorOf: ({ author }) => author,
    // A line that begins with a slash is a command, such as /approve, which GitLab runs with the rights of the token.
    escape: (body) => body.replace(/^(\s*)\//gm, "$1\\/"),
  };
}

function required<K extends string>(env: NodeJS.ProcessEnv, names: Readonly<Record<K, string>>): Record<K, string> {
  const entries = Object.entries<string>(names);
  const missing = entries.filter(([, name]) => !env[name]).map(([, name]) => name);
  if (missing.length > 0) throw new Misuse(`not set: ${missing.join(", ")}`);
  return Object.fromEntries(entries.map(([key, name]) => [key, env[name] ?? ""])) as Record<K, string>;
}
