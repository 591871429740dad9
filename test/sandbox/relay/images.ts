/** The tag of an image reference, "" when there is none. */
export function imageTag(image: string): string {
  const last = image.replace(/@.*$/, "").split("/").at(-1) ?? "";
  return last.includes(":") ? last.slice(last.lastIndexOf(":") + 1) : "";
}
