/** The forms of every secret that this process has read, the longest first. */
let known: readonly string[] = [];

/** A shorter value may be part of any word. */
const shortest = 6;

/** Remembers a secret's value, so that no message ever quotes it, in whatever form a server echoes it. */
export function rememberSecret(secret: string | Buffer): void {
  const bytes = Buffer.from(secret);
  const text = bytes.toString("utf8").trim();
  if (text.length < shortest || known.includes(text)) return;
  const forms = new Set([...formsOf(bytes), ...formsOf(Buffer.from(text))].filter((form) => form.length >= shortest));
  known = [...new Set([...known, ...forms])].sort((one, other) => other.length - one.length);
}

/** Replaces each remembered secret. */
export function withoutKnownSecrets(text: string): string {
  return known.reduce((rest, form) => rest.replaceAll(form, "***"), text);
}

function formsOf(bytes: Buffer): readonly string[] {
  const text = bytes.toString("utf8");
  const json = JSON.stringify(text).slice(1, -1);
  return [
    text,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(text),
    encodeURIComponent(text).replaceAll("%20", "+"),
    encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    ...[0, 1, 2].flatMap((before) => base64Within(bytes, before)),
  ];
}

/** The secret in base64 behind `before` other bytes, as in `user:secret`, without the characters that it shares with its neighbours. */
function base64Within(bytes: Buffer, before: number): readonly string[] {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
  const shared = encoded.endsWith("=") ? encoded.replace(/.=+$/, "") : encoded;
  const inner = shared.slice(before === 0 ? 0 : before + 1);
  const alone = before === 0 ? [encoded] : [];
  return [...alone, inner].flatMap((form) => [
    form,
    form.replaceAll("+", "-").replaceAll("/", "_"),
    encodeURIComponent(form),
  ]);
}
