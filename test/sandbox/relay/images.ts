/** The parts of an image reference that tell what stands behind it. */
export interface ImageReference {
  /** Last part of the path, such as `enterprise-networking`. */
  readonly name: string;
  /** "" when there is none. */
  readonly tag: string;
  /** `sha256:…` of an image that is pinned by its content, otherwise "". */
  readonly digest: string;
}

/** Takes `[registry[:port]/][path/]name[:tag][@digest]` apart. */
export function parseImage(image: string): ImageReference {
  const [reference = "", digest = ""] = image.split("@");
  const last = reference.split("/").at(-1) ?? "";
  const [name = "", tag = ""] = last.split(":");
  return { name, tag, digest };
}

/** The tag of an image reference, "" when there is none. */
export function imageTag(image: string): string {
  return parseImage(image).tag;
}

/** The version that the tag of an image stands for, without its `v`; "" when there is no tag. */
export function imageVersion(image: string): string {
  return imageTag(image).replace(/^v(?=\d)/, "");
}
