/** What the serialised bridges load: the operations of the three dynamic resources. */
export { bootstrapToken } from "./bootstrapToken";
export { clientCertificate } from "./clientCertificate";
export { preparation } from "./preparation";
