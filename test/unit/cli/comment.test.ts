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
  readonly comments: { id: number; body: string; by: string | undefined }[] = [];
  readonly requests: string[] = [];
  refuses = false;
  /** The user that the token writes as. */
  user = "robot";
  /** What GET /user answers; by default the user. */
  userAnswer: { status: number; content?: unknown } = { status: 200 };
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
    if (pathname === "/user") {
      const { status, content = { login: this.user, username: this.user } } = this.userAnswer;
      return answer(status, content);
    }
    if (request.method === "GET") {
      const [size, page] = [Number(searchParams.get("per_page")), Number(searchParams.get("page"))];
      const chosen = this.comments.slice((page - 1) * size, page * size);
      return answer(
        200,
        chosen.map(({ by, ...rest }) => ({
          ...rest,
          user: by === undefined ? null : { login: by },
          author: by === undefined ? null : { username: by },
        })),
      );
    }
    const { body } = JSON.parse(Buffer.concat(chunks).toString()) as { body: string };
    const known = this.comments.find(({ id }) => pathname.endsWith(`/${id}`));
    if (known) known.body = body;
    else this.comments.push({ id: 1000 + this.comments.length, body, by: this.user });
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
      server.user = "robot";
      server.userAnswer = { status: 200 };
    });

    it("is created once and updated by later runs", async () => {
      await putComment(forge, `${mark}\none`);
      await putComment(forge, `${mark}\ntwo`);
      assert.deepEqual(
        server.comments.map(({ body }) => body),
        [`${mark}\ntwo`],
      );
      assert.ok(
        server.requests.every((one) => one === "GET /user" || one.includes(path)),
        server.requests.join("\n"),
      );
    });

    it("is not written again without a change", async () => {
      await putComment(forge, `${mark}\none`);
      server.requests.splice(0);
      assert.equal(await putComment(forge, `${mark}\none`), "the comment is up to date");
      assert.deepEqual(
        server.requests.map((one) => one.split(" ")[0]),
        ["GET", "GET"],
      );
    });

    it("is found among many; comments of other people and stacks stay", async () => {
      const others = Array.from({ length: 250 }, (_, id) => ({ id, body: `> ${mark}\nquoted ${id}`, by: "robot" }));
      const prod = { id: 300, body: `${mark.replace("dev", "prod")}\nprod`, by: "robot" };
      server.comments.push(...others, prod, { id: 301, body: `${mark}\nold`, by: "robot" });
      await putComment(forge, `${mark}\nnew`);
      assert.equal(server.comments.length, 252);
      assert.equal(server.comments.at(-1)?.body, `${mark}\nnew`);
      assert.equal(prod.body, `${mark.replace("dev", "prod")}\nprod`);
    });

    for (const [who, by] of [
      ["a person", "mallory"],
      ["another app", "renovate[bot]"],
      ["a user whose name only begins alike", "robot2"],
      ["a deleted account", undefined],
    ] as const) {
      it(`stays as it is when ${who} wrote it, however it begins`, async () => {
        const foreign = { id: 7, body: `${mark}\nby someone else`, by };
        server.comments.push(foreign);
        assert.equal(await putComment(forge, `${mark}\none`), "a comment was created");
        assert.equal(await putComment(forge, `${mark}\ntwo`), "the comment was updated");
        assert.deepEqual(
          server.comments.map(({ body }) => body),
          [`${mark}\nby someone else`, `${mark}\ntwo`],
        );
      });
    }

    it("does not count as up to date because someone else wrote the same", async () => {
      server.comments.push({ id: 7, body: `${mark}\none`, by: "mallory" });
      assert.equal(await putComment(forge, `${mark}\none`), "a comment was created");
    });

    for (const [answer, content] of [
      ["no object", null],
      ["no name", {}],
      ["a name that is no string", { login: 1, username: 1 }],
    ] as const) {
      it(`is not written when the server answers with ${answer} for the token's user`, async () => {
        server.comments.push({ id: 7, body: `${mark}\nold`, by: "robot" });
        server.userAnswer = { status: 200, content };
        await assert.rejects(putComment(forge, `${mark}\nnew`), {
          name: "Failure",
          message: `${name} did not answer with the token's user; check its address`,
        });
        assert.equal(server.comments[0]?.body, `${mark}\nold`);
      });
    }

    it("is not written when the token is not accepted for its user", async () => {
      server.comments.push({ id: 7, body: `${mark}\nold`, by: "robot" });
      server.userAnswer = { status: 401, content: {} };
      await assert.rejects(putComment(forge, `${mark}\nnew`), {
        message: `${name} refuses GET /user: HTTP 401; check the token and its permission, which --help lists`,
      });
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

describe("the comment of an app on GitHub", () => {
  const server = new CommentServer();
  let url = "";

  before(async () => {
    url = await server.start();
    server.userAnswer = { status: 403, content: { message: "Resource not accessible by integration" } };
  });

  after(() => server.stop());

  for (const [whose, user, slug] of [
    ["the job's token", "github-actions[bot]", undefined],
    ["the token of an app of one's own", "gloo-mesh[bot]", "gloo-mesh"],
  ] as const) {
    it(`is found with ${whose}, which GitHub does not give its user; comments of other apps stay`, async () => {
      server.user = user;
      server.comments.splice(0);
      server.comments.push({ id: 7, body: `${mark}\nforeign`, by: "other[bot]" });
      const forge = forgeOf({
        GITHUB_ACTIONS: "true",
        GITHUB_TOKEN: token,
        GITHUB_REPOSITORY: "o/r",
        GITHUB_REF: "refs/pull/7/merge",
        GITHUB_API_URL: url,
        GITHUB_APP_SLUG: slug,
      });
      for (const text of ["one", "two"]) await putComment(forge, `${mark}\n${text}`);
      assert.deepEqual(
        server.comments.map(({ body }) => body),
        [`${mark}\nforeign`, `${mark}\ntwo`],
      );
    });
  }

  it("is refused on GitLab, which has no such tokens", async () => {
    server.comments.splice(0);
    server.comments.push({ id: 7, body: `${mark}\nold`, by: "github-actions[bot]" });
    const job = { GITLAB_CI: "true", GITLAB_TOKEN: token, CI_PROJECT_ID: "12", CI_MERGE_REQUEST_IID: "7" };
    await assert.rejects(putComment(forgeOf({ ...job, CI_API_V4_URL: url }), `${mark}\nnew`), /GET \/user: HTTP 403/);
  });
});

describe("commands in a comment", () => {
  const server = new CommentServer();
  let url = "";

  before(async () => {
    url = await server.start();
  });

  after(() => server.stop());

  beforeEach(() => server.comments.splice(0));

  const report = `${mark}\n/approve\n  /merge now\n\t/close\na/b /unlabel\n- /label ~x\n`;

  it("are no commands on GitLab, which runs lines that begin with a slash", async () => {
    const job = { GITLAB_CI: "true", GITLAB_TOKEN: token, CI_PROJECT_ID: "12", CI_MERGE_REQUEST_IID: "7" };
    const forge = forgeOf({ ...job, CI_API_V4_URL: url });
    await putComment(forge, report);
    const written = `${mark}\n\\/approve\n  \\/merge now\n\t\\/close\na/b /unlabel\n- /label ~x\n`;
    assert.equal(server.comments[0]?.body, written);
    assert.equal(await putComment(forge, report), "the comment is up to date");
  });

  it("stay text on GitHub, which has none", async () => {
    const job = {
      GITHUB_ACTIONS: "true",
      GITHUB_TOKEN: token,
      GITHUB_REPOSITORY: "o/r",
      GITHUB_REF: "refs/pull/7/merge",
    };
    await putComment(forgeOf({ ...job, GITHUB_API_URL: url }), report);
    assert.equal(server.comments[0]?.body, report);
  });
});

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
    return {
      code: await main(args, { out: print, styled: print, err: print, columns: undefined }),
      said: said.join("\n"),
    };
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
