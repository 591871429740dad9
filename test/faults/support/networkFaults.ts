import { setTimeout as delay } from "node:timers/promises";
import type { ApiProxy, Treatment } from "./apiProxy";
import { isWatch, type ProxiedRequest } from "./proxiedRequest";

/** What a network, or what stands in it, does to the requests of one API server from now on. */
export type NetworkFault = (proxy: ApiProxy) => unknown;

const silence: Treatment = (exchange) => exchange.abandoned();
const reset: Treatment = (exchange) => exchange.reset();
const halfAnAnswer: Treatment = async (exchange) => exchange.passBeginning(await exchange.forward(), 40);
const cutOff: Treatment = async (exchange) => {
  await halfAnAnswer(exchange);
  exchange.reset();
};

function answer(code: number, body: string | Readonly<Record<string, unknown>>, headers = {}): Treatment {
  return (exchange) => exchange.answer(code, body, headers);
}

function slow(seconds: number): Treatment {
  return async (exchange) => {
    await delay(seconds * 1000);
    exchange.pass(await exchange.forward());
  };
}

/** What API servers and those before them say. */
const answers = {
  busy: answer(429, { reason: "TooManyRequests", message: "too many requests" }, { "retry-after": "1" }),
  failing: answer(500, { reason: "InternalError", message: "etcdserver: request timed out" }),
  unavailable: answer(503, { reason: "ServiceUnavailable", message: "apiserver not ready" }),
  gateway: answer(504, "<html><h1>504 Gateway Time-out</h1></html>"),
  login: answer(200, "<html><form>log in</form></html>"),
  expired: answer(401, { reason: "Unauthorized", message: "Unauthorized" }),
  forbidden: answer(403, { reason: "Forbidden", message: 'secrets is forbidden: User "clerk" cannot get' }),
  gone: answer(410, { reason: "Expired", message: "too old resource version" }),
};

function toRequests(treatment: Treatment, which: (request: ProxiedRequest) => boolean = () => true): NetworkFault {
  return (proxy) => {
    proxy.treat = (request) => (which(request) ? treatment : undefined);
  };
}

/** The first so many of them. */
function first(number: number, which: (request: ProxiedRequest) => boolean = () => true) {
  let left = number;
  return (request: ProxiedRequest) => which(request) && left-- > 0;
}

/** Faults that last, with the codes that they are told by. Made anew for each case, since some of them count. */
export const lasting = {
  "connection-refused": { fault: (proxy: ApiProxy) => proxy.goAway(), code: "GMR112" },
  "connection-reset": {
    fault: (proxy: ApiProxy) => {
      proxy.treatConnection = () => "reset";
    },
    code: "GMR118",
  },
  "connection-black-hole": {
    fault: (proxy: ApiProxy) => {
      proxy.treatConnection = () => "silent";
    },
    code: "GMR113",
  },
  "request-reset": { fault: toRequests(reset), code: "GMR118" },
  "request-black-hole": { fault: toRequests(silence), code: "GMR113" },
  "answer-cut-off": { fault: toRequests(cutOff), code: "GMR118" },
  "answer-half-open": { fault: toRequests(halfAnAnswer), code: "GMR113" },
  "429": { fault: toRequests(answers.busy), code: "GMR117" },
  "500": { fault: toRequests(answers.failing), code: "GMR117" },
  "503": { fault: toRequests(answers.unavailable), code: "GMR117" },
  "504-of-a-load-balancer": { fault: toRequests(answers.gateway), code: "GMR117" },
  "login-page": { fault: toRequests(answers.login), code: "GMR117" },
  "401": { fault: toRequests(answers.expired), code: "GMR115" },
  "403": { fault: toRequests(answers.forbidden), code: "GMR116" },
} as const satisfies Readonly<Record<string, { readonly fault: NetworkFault; readonly code: string }>>;

export type LastingFault = keyof typeof lasting;

/** Those that waiting cannot mend. */
export const refusals: ReadonlySet<string> = new Set<LastingFault>(["401", "403"]);

/** Faults that slow down. */
export const latencies: Readonly<Record<string, NetworkFault>> = {
  "latency-of-0.5-s": toRequests(slow(0.5)),
  "latency-of-2-s": toRequests(slow(2)),
};

/** Faults that pass: after them all is as before. Each call makes them anew, since they count. */
export const passing: Readonly<Record<string, () => NetworkFault>> = {
  "429-three-times": () => toRequests(answers.busy, first(3)),
  "500-three-times": () => toRequests(answers.failing, first(3)),
  "503-three-times": () => toRequests(answers.unavailable, first(3)),
  "reset-three-times": () => toRequests(reset, first(3)),
  "cut-off-three-times": () => toRequests(cutOff, first(3)),
  "watch-too-old": () => toRequests(answers.gone, first(2, isWatch)),
  "watch-closed": () => toRequests(answer(200, ""), first(2, isWatch)),
  "api-server-restarted": () => async (proxy) => {
    await proxy.goAway();
    await delay(2000);
    await proxy.comeBack();
  },
};
