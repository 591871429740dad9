import { unescape as decoded } from "node:querystring";
import { rememberSecret } from "../base/knownSecrets";
import { secretsInAddress } from "../base/mask";
import type { UserCredentials } from "./credentials";

// The credentials of this process, which no message may show.

/** An answer may echo the credentials of its request. */
export function rememberCredentials({ headers }: UserCredentials): void {
  const [, scheme = "", shown = ""] = /^(\w+) (.*)$/s.exec(String(headers["authorization"] ?? "")) ?? [];
  const password =
    scheme === "Basic"
      ? Buffer.from(shown, "base64")
          .toString("utf8")
          .replace(/^[^:]*:/, "")
      : "";
  for (const secret of [shown, password]) rememberSecret(secret);
}

/** An address may hold a user and a password. */
export function rememberCredentialsIn(address: URL): void {
  for (const secret of secretsInAddress(address)) {
    rememberSecret(secret);
    rememberSecret(decoded(secret));
  }
}
