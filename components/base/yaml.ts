import { parseAllDocuments } from "yaml";

/**
 * Reads YAML or JSON as kubectl does: YAML 1.1 with merge keys, the last of repeated keys counts, and of several documents only the first is read.
 * Throws the parser's error, which may quote the text.
 */
export function readYaml(text: string): unknown {
  const [first] = parseAllDocuments(text, {
    version: "1.1",
    merge: true,
    uniqueKeys: false,
    logLevel: "silent",
    // Go leaves what looks like a time a string.
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:timestamp"),
  });
  if (first === undefined || "empty" in first) return undefined;
  if (first.errors[0]) throw first.errors[0];
  return first.toJS();
}
