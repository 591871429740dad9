// Secrets that their form or their surroundings give away, whatever they look like.

/** Names whose value is a secret. Other words may precede them (`relay_token`, `x-api-key`), for the short ones only behind a mark. */
const names =
  "(?:token(?:[-_]?hint)?|code[-_]verifier|client[-_]assertion|saml(?:response|request)|password|passwd|passphrase|passcode|pwd|bindpw|(?:store|key|db|user)pass|api[-_. ]?key|subscription[-_]?key|access[-_ ]?key(?:[-_ ]?id)?|(?:account|shared)[-_ ]?key|(?<!non-existent )(?:secret|private|encryption|signing)[-_ ]?key|key[-_]data|(?:client|app|shared|webhook|hmac|my)[-_]?secret|credential|sess(?:ion)?(?:[-_ ]?id)?|signature|bearer|(?<![a-z])(?:pass|pw|psk|cred|jwt|auth|pin|otp|sig|assertion)|(?<![a-z/.-])secret)s?";

/** What may follow a name: `tokenValue`, `TOKEN_1`, `password_confirmation`, `"token":{"value":`. */
const suffix = String.raw`(?:[-_. ]?(?:value|string|text|plain|hash|confirmation|prod|dev|test|old|new|\d{1,3})|(?:\\{0,8}["'])?\s*[:=]\s*(?:map)?[{[]\s*(?:\\{0,8}["'])?value)?`;

/** A secret after its name may be in quotes, escaped ones too, or in brackets. Without them it ends at white space or a delimiter. */
const quoted = String.raw`(?<quote>\\{0,8}["'\`])(?:(?!\k<quote>)[\s\S])*(?:\k<quote>|$)`;
const bare = String.raw`\[[^\]\n]*\]?|[^\s"'\`,;&<>{}[\]()\\]+`;
const between = String.raw`(?:\\{0,8}["'\`]|%(?:25){0,3}22|&quot;|&#34;)?\s*(?:=>|->|:=|={1,2}|[:：]|%(?:25){0,3}3[AD]|&#(?:58|61|x3a|x3d);|\\{0,8}u003[ad])\s*(?:%(?:25){0,3}22|&quot;|&#34;|\\{0,8}u0022)?`;

/** Words of error messages behind a colon: "invalid token: the signature does not match". */
const prose =
  "(?:secrets?|tokens?|password|the|an?|is|was|are|has|have|not?|does|did|must|may|can|cannot|could|will|should|invalid|failed|failure|error|errors|unable|unknown|unexpected|unsupported|missing|empty|expired|rejected|denied|forbidden|unauthorized|required|malformed|illegal|open|read|reading|get|fetch|rpc|tls|x509|http|parse|parsing|context|key|certificate|signature|crypto|ecdsa|rsa|cluster|no|null|nil|undefined|none|true|false)(?:[\\s,.;:/]|$)";

type Form = readonly [pattern: RegExp, replacement: string | ((...match: string[]) => string)];

const forms: readonly Form[] = [
  // PEM blocks, also those cut at either end: a part of a log begins and ends anywhere.
  [/-----BEGIN ([A-Z0-9 ]*)-----[\s\S]*?(?:-----END \1-----|$)/g, "***"],
  [/^[\s\S]*-----END [A-Z0-9 ]*(?:-----|$)/, "***"],
  [/(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{60,}(?:\\+n|\\+r\\+n|\r?\n\s*))+[A-Za-z0-9+/]*={0,2}/g, "*** "],
  // Headers: everything up to the end of the line or of the string.
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie2?)((?:\\*["'`])?\s*[:=]\s*\\*["'`[]?\s*|\\*["'`]\s*,\s*(?:\\*["'`]?value\\*["'`]?\s*[:=]\s*)?\\*["'`])((?:bearer|basic|token|digest|negotiate|ntlm|apikey|aws4-hmac-sha256)\s+)?(?:=\\*"[^"\n]*"|[^\n"'`\]\\])+/gi,
    "$1$2$3***",
  ],
  [
    /(?:\b|(?<=%[0-9a-f]{2}))(bearer|basic)((?:\s+|%20|\+)\\*["'`<[]?)(?!(?:auth\w*|tokens?|credentials|realm\b|\*\*\*))[^\s"',;]+/gi,
    "$1$2***",
  ],
  // URLs. A port follows a host; anything else behind the colon is a password.
  [/\/\/(?![^\s/"'@]{0,100}:\d{1,5}\/)[^\s"'@:]{0,100}:[^\s"']{0,100}@/g, "//***@"],
  [/:\/\/[^\s/"']*@/g, "://***@"],
  [/:\/\/[^\s/@:["']*:(?!\d{1,5}(?!\w))[^\s/@"']+/g, "://***"],
  [/(?<![\w./:-])[\w.+-]+:[^\s/@:"']+@(?!sha\d)(?=[\w-]+[.:(/])/g, "***@"],
  [/([?&;](?:code|key|sig|auth|sid|state|nonce|ticket|pin|otp|se|sv)=)[^\s"'&#]+/gi, "$1***"],
  // Names with their values, as in YAML, JSON, Go, query strings, flags and XML. What YAML writes before a value is not the value.
  [
    new RegExp(
      String.raw`(?<name>${names}${suffix})(?<between>${between}(?:[|>][-+]?\s+|!!?\w*\s+)?(?:\(\w+\)\s*)?)(?:${quoted}|(?!${prose})(?:${bare}))`,
      "gi",
    ),
    replaceNamed,
  ],
  // "password for "admin": hunter2".
  [
    new RegExp(
      String.raw`(?<name>pass(?:word|phrase|code))(?<between>\s+(?:for|of)\s(?:\s*[\w"'\`@.\\/~-]+){1,3}${between})(?:${quoted}|(?!${prose})(?:${bare}))`,
      "gi",
    ),
    replaceNamed,
  ],
  [
    new RegExp(String.raw`(?<name>--?[\w-]{0,40}${names})(?<between>\s+)(?:${quoted}|(?!-|${prose})(?:${bare}))`, "gi"),
    replaceNamed,
  ],
  [
    new RegExp(
      String.raw`(?<name>(?:name|key)${between}\\{0,8}["'\`]?[\w.-]{0,80}${names}${suffix}\\{0,8}["'\`]?)(?<between>\s*,?\s*\\{0,8}["'\`]?value${between})(?:${quoted}|(?:${bare}))`,
      "gi",
    ),
    replaceNamed,
  ],
  [/((?<![\w-])(?:-u|--user)[\s=]*['"]?[^\s:'"]+:)[^\s'"]+/g, "$1***"],
  // Short flags count behind the programs that take a password so.
  [
    /\b((?:docker|helm|podman|nerdctl|buildah|skopeo|oras|crane|sshpass|mysql|oc|az)\b[^\n]{0,200}?\s-p[\s=]*)(?!-)[^\s'"]+/g,
    "$1***",
  ],
  // The header in which a watch over a WebSocket carries a bearer token.
  [/\b(base64url\.bearer\.authorization\.k8s\.io\.)[\w-]+/g, "$1***"],
  [new RegExp(String.raw`((?:<|&lt;)[\w:-]{0,40}${names}(?:>|&gt;))[^<&]+`, "gi"), "$1***"],
  // A value right behind its name counts if it is in quotes or has digits between letters: "invalid token "hunter2"", "password hunter2x".
  [/\b(token)(\s+)(?=\S*[a-z]\d|\S*\d[a-z])[^\s"'`,;:/.-]{5,}(?![\w:/.-])/gi, "$1$2***"],
  [/\b(password|passwd|pwd|passphrase)(\s+)(?=\S*[a-z]\d|\S*\d[a-z])[^\s"'`,;]{5,}/gi, "$1$2***"],
  [/\b(token|password)(\s+)\\*(["'`])[\w+/=.-]{4,}\\*\3/gi, "$1$2***"],
  [/\b(token|password|passphrase)(\s+(?:is|was)\s+)(?=\S*[a-z]\d|\S*\d[a-z])[^\s"'`,;]{5,}/gi, "$1$2***"],
  [/\b((?:bad|invalid|wrong|given|with|the|received|rejected) (?:token|password)\s+)\\*(["'`])[^"'`]+\2/gi, "$1***"],
  // Tokens with a known beginning, however short.
  [
    /(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ft|soat|imt|agent)-|pul-|xox[a-z]-|xapp-|whsec_|[rs]k[-_](?:live_|test_|ant-|proj-)?(?=\w{6})|AKIA|ASIA|AIza|ya29\.|1\/\/0|hv[sbr]\.|npm_|GOCSPX-|ATATT|AGE-SECRET-KEY-|NRAK-|tskey-|shp(?:at|ca|pa|ss)_|lin_api_|dapi(?=[0-9a-f]{8})|LS0tLS1CRUdJTi|dop_v1_|doo_v1_|dckr_(?:pat|oat)_|pypi-|SG\.|k8s-aws-v1\.|sha256~|kubeconfig-(?:user|u)-\w+:|token-\w{5}:|eyJ)[\w.~+/=-]*/g,
    "***",
  ],
  // The bootstrap tokens of kubeadm.
  [/(?<![a-z0-9.-])(?=\S*\d)[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9.-])/g, "***"],
];

function replaceNamed(...match: string[]): string {
  const { name = "", between = "", quote = "" } = match.at(-1) as unknown as Readonly<Record<string, string>>;
  return `${name}${between}${quote}***${quote}`;
}

/** Masks the secrets that their form gives away; leaves everything else as it is, UIDs and fingerprints too. */
export function maskForms(text: string): string {
  return forms.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement as string), text);
}
