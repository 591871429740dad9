import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { isMap } from "../components/base/json";
import { exitCodes, Failure, Misuse, type Subcommand } from "./command";
import { type Forge, forgeOf } from "./forge";

/** Writes a report as one comment of a pull request or merge request, which later runs update. */
export const comment: Subcommand = {
  usage: `usage: gloo-mesh-relay-registration comment --file PATH

Writes the file as a comment of the pull request (GitHub Actions) or merge request (GitLab CI) that the job runs for. Updates the
comment of the token's user that begins with the same line, which names command and stack, or creates a new one.

  --file PATH   the comment, such as report/preview.md; required

Reads these environment variables. The runner sets all of them but the token:
  GitHub   GITHUB_ACTIONS, GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_REF (refs/pull/…);
           GITHUB_TOKEN, set by the step to \${{ github.token }}, with the permission pull-requests: write;
           GITHUB_APP_SLUG, only for the token of an app of your own: the app's name in addresses
  GitLab   GITLAB_CI, CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID;
           GITLAB_TOKEN, a project access token with the scope api

Exit code: 0 good, 1 the server refuses or cannot be reached, 2 misuse or a job without a pull request.`,
  run: async (args, terminal) => {
    const { values } = parseArgs({ args: [...args], options: { file: { type: "string" } } });
    if (!values.file) throw new Misuse("--file is missing");
    const body = await readFile(values.file, "utf8").catch(() => {
      throw new Misuse(`${values.file} cannot be read`);
    });
    const forge = forgeOf(process.env);
    terminal.out(await putComment(forge, body));
    return exitCodes.good;
  },
};

/**
 * Updates the comment of the token's user with the same first line, or creates one. Anyone can write that line, so comments of other users stay.
 *
 * @returns what was done, in words
 * @throws Failure when the server refuses or cannot be reached
 */
export async function putComment(forge: Forge, report: string): Promise<string> {
  const [mark = ""] = report.split("\n");
  if (!/^<!-- .+ -->$/.test(mark)) throw new Misuse("the file does not begin with the mark of a report");
  const body = forge.escape(report);
  const marked = (await comments(forge)).filter((one) => one.body.startsWith(mark));
  const user = marked.length === 0 ? undefined : await tokenUser(forge);
  const known = marked.find(({ author }) => author === user);
  if (known?.body === body) return "the comment is up to date";
  if (known) {
    await request(forge, forge.updateMethod, `${forge.commentUrl}/${known.id}`, body);
    return "the comment was updated";
  }
  await request(forge, "POST", forge.listUrl, body);
  return "a comment was created";
}

interface Comment {
  readonly id: number;
  readonly body: string;
  readonly author: string;
}

const pageSize = 100;

async function comments(forge: Forge): Promise<Comment[]> {
  const all: Comment[] = [];
  for (let page = 1; ; page += 1) {
    const found = await request(forge, "GET", `${forge.listUrl}?per_page=${pageSize}&page=${page}`);
    if (!Array.isArray(found)) {
      throw new Failure(`${forge.name} did not answer with a list of comments; check its address`);
    }
    all.push(...found.flatMap((value) => readComment(forge, value)));
    if (found.length < pageSize) return all;
  }
}

/** A comment of a deleted account has no author, so no token may update it. */
function readComment(forge: Forge, value: unknown): Comment[] {
  if (!isMap(value)) return [];
  const { id, body } = value;
  const author = userName(forge, forge.authorOf(value));
  return typeof id === "number" && typeof body === "string" && author !== undefined ? [{ id, body, author }] : [];
}

/** Name of the user that the token writes as. GitHub answers 403 to the token of an app, such as that of a job. */
async function tokenUser(forge: Forge): Promise<string> {
  const response = await send(forge, "GET", forge.userUrl);
  if (response.status === 403 && forge.appUser !== undefined) return forge.appUser;
  const name = userName(forge, await answerOf(forge, "GET", forge.userUrl, response));
  if (name === undefined) throw new Failure(`${forge.name} did not answer with the token's user; check its address`);
  return name;
}

function userName(forge: Forge, user: unknown): string | undefined {
  const name = isMap(user) ? forge.nameOf(user) : undefined;
  return typeof name === "string" && name !== "" ? name : undefined;
}

async function request(forge: Forge, method: string, url: string, body?: string): Promise<unknown> {
  return answerOf(forge, method, url, await send(forge, method, url, body));
}

async function answerOf(forge: Forge, method: string, url: string, response: Response): Promise<unknown> {
  if (!response.ok) throw new Failure(refusal(forge, method, url, response.status));
  return response.json().catch(() => undefined);
}

/** Errors do not repeat the answer's body, which may quote the request. */
function send(forge: Forge, method: string, url: string, body?: string): Promise<Response> {
  return fetch(url, {
    method,
    headers: { ...forge.headers, "content-type": "application/json", accept: "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify({ body }) }),
    signal: AbortSignal.timeout(30_000),
  }).catch((error: unknown) => {
    throw new Failure(
      `${forge.name} cannot be reached at ${new URL(url).origin} (${reasonOf(error)}); check the network between the job and it`,
    );
  });
}

/** Without the right to read a pull request, GitHub and GitLab answer 404. */
function refusal({ name }: Forge, method: string, url: string, status: number): string {
  const isDenied = [401, 403, 404].includes(status);
  const next = isDenied ? "check the token and its permission, which --help lists" : "run the command again";
  return `${name} refuses ${method} ${new URL(url).pathname}: HTTP ${status}; ${next}`;
}

/** The cause behind fetch's "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause, name } = error as Error;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? name;
}
