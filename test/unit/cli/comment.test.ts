import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { comment, putComment } from "../../../cli/comment";
import { forgeOf } from "../../../cli/forge";
import { main } from "../../../cli/main";

const mark = "<!-- gloo-mesh-relay-registration: preview of p/dev -->";
const token = "token-of-the-job";

/** A server that stores comments as GitHub and GitLab do, as far as the command uses them. */
class CommentServer {
  readonly comments: { id: number; body: string }[] = [];
  readonly requests: string[] = [];
  refuses = false;
  private readonly server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const authorized = [request.headers.authorization, request.headers["private-token"]].some((one) =>
      String(one).endsWith(token),
    );
    this.requests.push(`${request.method} ${pathname}`);
    const answer = (status: number, content: unknown): void => {
      response.writeHead(status).end(JSON.stringify(content));
    };
    if (!authorized || this.refuses) return answer(403, { message: Buffer.concat(chunks).toString() });
    if (request.method === "GET") {
      const [size, page] = [Number(searchParams.get("per_page")), Number(searchParams.get("page"))];
      return answer(200, this.comments.slice((page - 1) * size, page * size));
    }
    const { body } = JSON.parse(Buffer.concat(chunks).toString()) as { body: string };
    const known = this.comments.find(({ id }) => pathname.endsWith(`/${id}`));
    if (known) known.body = body;
    else this.comments.push({ id: 1000 + this.comments.length, body });
    answer(200, {});
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

for (const [name, env, path] of [
  [
    "GitHub",
    { GITHUB_ACTIONS: "true", GITHUB_TOKEN: token, GITHUB_REPOSITORY: "o/r", GITHUB_REF: "refs/pull/7/merge" },
    "/repos/o/r/issues",
  ],
  [
    "GitLab",
    { GITLAB_CI: "true", GITLAB_TOKEN: token, CI_PROJECT_ID: "12", CI_MERGE_REQUEST_IID: "7" },
    "/projects/12/merge_requests/7/notes",
  ],
] as const) {
  describe(`the comment on ${name}`, () => {
    const server = new CommentServer();
    let forge: ReturnType<typeof forgeOf>;

    before(async () => {
      const url = await server.start();
      forge = forgeOf({ ...env, GITHUB_API_URL: url, CI_API_V4_URL: url });
    });

    after(() => server.stop());

    beforeEach(() => {
      server.comments.splice(0);
      server.requests.splice(0);
      server.refuses = false;
    });

    it("is created once and updated by later runs", async () => {
      await putComment(forge, `${mark}\none`);
      await putComment(forge, `${mark}\ntwo`);
      assert.deepEqual(
        server.comments.map(({ body }) => body),
        [`${mark}\ntwo`],
      );
      assert.ok(
        server.requests.every((one) => one.includes(path)),
        server.requests.join("\n"),
      );
    });

    it("is not written again without a change", async () => {
      await putComment(forge, `${mark}\none`);
      server.requests.splice(0);
      assert.equal(await putComment(forge, `${mark}\none`), "the comment is up to date");
      assert.deepEqual(
        server.requests.map((one) => one.split(" ")[0]),
        ["GET"],
      );
    });

    it("is found among many; comments of other people and stacks stay", async () => {
      const others = Array.from({ length: 250 }, (_, id) => ({ id, body: `> ${mark}\nquoted ${id}` }));
      const prod = { id: 300, body: `${mark.replace("dev", "prod")}\nprod` };
      server.comments.push(...others, prod, { id: 301, body: `${mark}\nold` });
      await putComment(forge, `${mark}\nnew`);
      assert.equal(server.comments.length, 252);
      assert.equal(server.comments.at(-1)?.body, `${mark}\nnew`);
      assert.equal(prod.body, `${mark.replace("dev", "prod")}\nprod`);
    });

    it("reports a refusal without repeating credentials or text", async () => {
      server.refuses = true;
      await assert.rejects(putComment(forge, `${mark}\nsecret text`), (error: Error) => {
        assert.match(error.message, new RegExp(`${name} refuses GET .*: HTTP 403`));
        assert.doesNotMatch(error.message, /secret text|token-of/);
        return true;
      });
    });

    it("is misuse with a file that is no report", async () => {
      await assert.rejects(putComment(forge, "hello"), /does not begin with the mark/);
    });
  });
}

describe("a comment that cannot be written", () => {
  const server = new CommentServer();
  const job = {
    GITHUB_ACTIONS: "true",
    GITHUB_TOKEN: token,
    GITHUB_REPOSITORY: "o/r",
    GITHUB_REF: "refs/pull/7/merge",
    GITHUB_API_URL: "",
  };
  const previous = { ...process.env };
  let folder = "";

  before(async () => {
    job.GITHUB_API_URL = await server.start();
    folder = await mkdtemp(join(tmpdir(), "comment-"));
    await writeFile(join(folder, "preview.md"), `${mark}\none`);
  });

  beforeEach(() => Object.assign(process.env, job));

  afterEach(() => {
    for (const key of Object.keys(job)) delete process.env[key];
    Object.assign(process.env, previous);
  });

  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function run(): Promise<{ code: number; said: string }> {
    const said: string[] = [];
    const print = (text: string) => said.push(text);
    const args = ["comment", "--file", join(folder, "preview.md")];
    return { code: await main(args, { out: print, err: print, columns: undefined }), said: said.join("\n") };
  }

  it("because the server refuses, is reported with a hint at the permission", async () => {
    server.refuses = true;
    assert.deepEqual(await run(), {
      code: 1,
      said: "GitHub refuses GET /repos/o/r/issues/7/comments: HTTP 403; check the token and its permission, which --help lists",
    });
  });

  it("because the server cannot be reached, is reported with its address", async () => {
    await server.stop();
    assert.deepEqual(await run(), {
      code: 1,
      said: `GitHub cannot be reached at ${job.GITHUB_API_URL} (ECONNREFUSED); check the network between the job and it`,
    });
  });
});

describe("the pull request of a job", () => {
  for (const [name, own] of [
    ["GitHub", { GITHUB_ACTIONS: "true", GITHUB_REF: "refs/pull/7/merge" }],
    ["GitLab", { GITHUB_ACTIONS: "" }],
  ] as const) {
    it(`is read on ${name} from variables that the help names`, () => {
      const asked = new Set<string>();
      const values: Readonly<Record<string, string>> = own;
      const environment = new Proxy<Record<string, string>>(
        {},
        {
          get: (_, key) => {
            asked.add(String(key));
            return values[String(key)] ?? "any";
          },
        },
      );
      assert.equal(forgeOf(environment).name, name);
      assert.ok(asked.size >= 5);
      for (const variable of asked) assert.match(comment.usage, new RegExp(`\\b${variable}\\b`));
    });
  }

  it("is missing outside of a pipeline, on a branch, and without a token", () => {
    assert.throws(() => forgeOf({}), /neither a job of GitHub Actions nor of GitLab CI/);
    const env = { GITHUB_ACTIONS: "true", GITHUB_TOKEN: "t", GITHUB_API_URL: "u", GITHUB_REPOSITORY: "o/r" };
    assert.throws(
      () => forgeOf({ ...env, GITHUB_REF: "refs/heads/main" }),
      /GITHUB_REF is refs\/heads\/main, which is no pull request/,
    );
    assert.throws(() => forgeOf({ GITLAB_CI: "true" }), /not set: GITLAB_TOKEN, CI_API_V4_URL/);
  });
});
