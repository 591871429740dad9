/** Whether a finding or problem is an error, and no mere warning. */
export function isError({ severity }: { readonly severity: "error" | "warning" }): boolean {
  return severity === "error";
}
