import { base64, clusterCase, configOf, type KubeconfigCase, refusedAs } from "./kubeconfigCase";

const noData = { "certificate-authority-data": undefined };

export const clusterCases: readonly KubeconfigCase[] = [
  clusterCase("certificate-authority-data", () => ({})),
  clusterCase("certificate-authority, absolute", (w) => ({
    ...noData,
    "certificate-authority": w.file("ca.crt", w.authority.cert),
  })),
  clusterCase("certificate-authority, relative", (w) => {
    w.file("ca/ca.crt", w.authority.cert);
    return { ...noData, "certificate-authority": "ca/ca.crt" };
  }),
  clusterCase(
    "certificate-authority, missing",
    () => ({ ...noData, "certificate-authority": "none.crt" }),
    refusedAs(/^GMR105 .*certificate-authority .*none\.crt of the kubeconfig cannot be read \(ENOENT\)/),
  ),
  clusterCase(
    "certificate-authority, no certificate in it",
    (w) => ({ ...noData, "certificate-authority": w.file("empty.crt", "nothing\n") }),
    refusedAs(/^GMR105 .*holds no certificate/),
  ),
  clusterCase(
    "certificate-authority with a BOM and nothing else",
    (w) => ({ "certificate-authority-data": base64(`\uFEFF${w.authority.cert}`) }),
    refusedAs(/^GMR105 .*holds no certificate/),
  ),
  clusterCase(
    "certificate-authority-data beside certificate-authority",
    (w) => ({ "certificate-authority": w.file("ca2.crt", w.authority.cert) }),
    refusedAs(/^GMR105 .*both given/),
  ),
  clusterCase(
    "certificate-authority-data that is not base64",
    () => ({ "certificate-authority-data": "***" }),
    refusedAs(/^GMR102 .*certificate-authority-data is not base64/),
  ),
  clusterCase(
    "certificate-authority-data without padding",
    ({ authority: { cert } }) => ({
      "certificate-authority-data": base64(cert + "\n".repeat((4 - (cert.length % 3)) % 3)).replace(/=+$/, ""),
    }),
    refusedAs(/^GMR102 .*is not base64/),
  ),
  clusterCase("certificate-authority-data with line breaks", (w) => ({
    "certificate-authority-data": base64(w.authority.cert).replace(/(.{64})/g, "$1\n"),
  })),
  clusterCase("several authorities", (w) => ({
    "certificate-authority-data": base64(w.foreign.cert + w.authority.cert),
  })),
  clusterCase("a broken certificate beside the good one", (w) => ({
    "certificate-authority-data": base64(
      `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${w.authority.cert}`,
    ),
  })),
  clusterCase("words around the certificate", (w) => ({
    "certificate-authority-data": base64(`# the root\n${w.authority.cert}end\n`),
  })),
  clusterCase(
    "a foreign authority",
    (w) => ({ "certificate-authority-data": base64(w.foreign.cert) }),
    refusedAs(/^GMR114 /),
  ),
  clusterCase("an intermediate as the trust anchor", (w) => ({
    server: `https://127.0.0.1:${w.ports.staged}`,
    "certificate-authority-data": base64(w.intermediate.cert),
  })),
  clusterCase("no authority: the system's", () => noData, refusedAs(/^GMR114 /)),
  clusterCase("insecure-skip-tls-verify", () => ({ ...noData, "insecure-skip-tls-verify": true })),
  clusterCase(
    "insecure-skip-tls-verify with an authority",
    () => ({ "insecure-skip-tls-verify": true }),
    refusedAs(/^GMR105 .*insecure-skip-tls-verify/),
  ),
  clusterCase(
    "insecure-skip-tls-verify as a string",
    () => ({ ...noData, "insecure-skip-tls-verify": "true" }),
    refusedAs(/^GMR102 .*insecure-skip-tls-verify is not true or false/),
  ),
  clusterCase(
    "a certificate for another name",
    (w) => ({ server: `https://127.0.0.1:${w.ports.named}` }),
    refusedAs(/^GMR114 /),
  ),
  clusterCase("tls-server-name", (w) => ({
    server: `https://127.0.0.1:${w.ports.named}`,
    "tls-server-name": "api.test",
  })),
  clusterCase("tls-server-name of nobody", () => ({ "tls-server-name": "other.test" }), refusedAs(/^GMR114 /)),
  clusterCase("a server by name", (w) => ({ server: `https://localhost:${w.ports.api}` })),
  clusterCase("a server with a path", (w) => ({ server: `https://127.0.0.1:${w.ports.api}/k8s/clusters/c-1/` })),
  clusterCase("a server with a path and a query", (w) => ({ server: `https://127.0.0.1:${w.ports.api}/k8s?x=y#z` })),
  clusterCase("a server with user and password", (w) => ({ server: `https://ann:pw@127.0.0.1:${w.ports.api}` })),
  clusterCase("a server in capitals", (w) => ({ server: `HTTPS://127.0.0.1:${w.ports.api}` })),
  clusterCase("http without TLS", (w) => ({ server: `http://127.0.0.1:${w.ports.plain}` })),
  clusterCase("http without TLS, with fields for TLS", (w) => ({
    server: `http://127.0.0.1:${w.ports.plain}`,
    "tls-server-name": "other.test",
    "certificate-authority-data": base64("nothing"),
  })),
  clusterCase("http without TLS, with insecure-skip-tls-verify and an authority", (w) => ({
    server: `http://127.0.0.1:${w.ports.plain}`,
    "insecure-skip-tls-verify": true,
  })),
  clusterCase(
    "http without TLS, with an authority that is missing",
    (w) => ({ ...noData, server: `http://127.0.0.1:${w.ports.plain}`, "certificate-authority": "none.crt" }),
    refusedAs(/^GMR105 .*certificate-authority/),
  ),
  ...(
    [
      [
        "a client-certificate that is missing",
        { "client-certificate": "none.crt", "client-key": "none.key" },
        /^GMR104 .*none\.crt.* \(ENOENT\)/,
      ],
      [
        "a client-certificate without a key",
        { "client-certificate-data": base64("x") },
        /^GMR104 .*without a client-key/,
      ],
      ["a client-certificate that is none", { "client-certificate-data": base64("x"), "client-key-data": base64("x") }],
      ["a tokenFile that is missing", { tokenFile: "none" }],
      ["a token and a password", { token: "a", username: "b", password: "c" }, /^GMR104 .*only one may be given/],
    ] as const
  ).map(
    ([fields, user, refused]): KubeconfigCase => ({
      name: `http without TLS, with ${fields}`,
      content: (w) => configOf(w, { cluster: { ...noData, server: `http://127.0.0.1:${w.ports.plain}` }, user }),
      ...(refused && { refused }),
    }),
  ),
  clusterCase("an address without a scheme", (w) => ({ server: `127.0.0.1:${w.ports.plain}` })),
  clusterCase(
    "a plain port behind https",
    (w) => ({ server: `https://127.0.0.1:${w.ports.plain}` }),
    refusedAs(/^GMR117 .*protocol of the address/),
  ),
  clusterCase(
    "a TLS port behind http",
    (w) => ({ server: `http://127.0.0.1:${w.ports.api}` }),
    refusedAs(/^GMR11[78] /),
  ),
  clusterCase(
    "another scheme",
    (w) => ({ server: `ftp://127.0.0.1:${w.ports.api}` }),
    refusedAs(/^GMR105 .*server is not an address/),
  ),
  clusterCase("no server", () => ({ server: "" }), refusedAs(/^GMR103 .*no cluster with a server/)),
  clusterCase("a server that is a number", () => ({ server: 5 }), refusedAs(/^GMR102 .*server is not a string/)),
  clusterCase("nobody listens", () => ({ server: "https://127.0.0.1:1" }), refusedAs(/^GMR112 /)),
  clusterCase(
    "a firewall's page",
    (w) => ({ server: `https://127.0.0.1:${w.ports.login}` }),
    refusedAs(/^GMR117 What answers is not a Kubernetes API server/),
  ),
  clusterCase("disable-compression", () => ({ "disable-compression": true })),
  clusterCase("extensions", () => ({ extensions: [{ name: "minikube", extension: { version: "v1" } }] })),
  clusterCase("an unknown field", () => ({ "unknown-field": [1] })),
];
