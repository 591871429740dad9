import assert from "node:assert/strict";
import { test } from "node:test";
import { type Problem, RegistrationError } from "../../../../../components/base/problems";
import type { KubernetesClient } from "../../../../../components/kubernetes/client";
import { Troubles, untilAnswered } from "../../../../../components/operations/shared/waiting";

/** The loops under test make no request themselves. */
const client = {} as KubernetesClient;
const problem = (where: string): Problem => ({ code: "GMR118", what: "broke", where, next: "run it again" });

test("a loop that gets its answers leaves the problem of another", async () => {
  const troubles = new Troubles();
  const wait = { client, troubles };
  const over = new AbortController();
  const broken = untilAnswered(() => Promise.reject(new RegistrationError(problem("one"))), {
    ...wait,
    signal: over.signal,
  });
  // The next turn: the first has noted its problem, and waits.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await untilAnswered(async () => "answer", { ...wait, signal: over.signal }), "answer");
  assert.equal(troubles.newest?.where, "one");
  over.abort(new Error("over"));
  await assert.rejects(broken, /over/);
  assert.equal(troubles.newest?.where, "one");
});

test("a loop that ends with a refusal leaves no problem", async () => {
  const troubles = new Troubles();
  const wait = { client, troubles };
  const { signal } = new AbortController();
  const refused = new RegistrationError({ ...problem("two"), code: "GMR116" });
  const answers = [() => Promise.reject(new RegistrationError(problem("two"))), () => Promise.reject(refused)];
  await assert.rejects(
    untilAnswered(() => (answers.shift() ?? answers[0])?.() ?? Promise.resolve(), { ...wait, signal }),
    /GMR116/,
  );
  assert.equal(troubles.newest, undefined);
});

test("of several problems the newest counts, and each is cleared alone", () => {
  const troubles = new Troubles();
  const [one, two] = [{}, {}];
  troubles.note(one, problem("one"));
  troubles.note(two, problem("two"));
  assert.equal(troubles.newest?.where, "two");
  troubles.note(two, undefined);
  assert.equal(troubles.newest?.where, "one");
  troubles.note(one, undefined);
  assert.equal(troubles.newest, undefined);
});
