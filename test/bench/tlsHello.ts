const handshakeRecord = 22;
const clientHello = 1;
const serverHello = 2;
const preSharedKey = 41;

/** Whether a client that sends this first begins a TLS handshake. */
export function beginsHandshake(bytes: Buffer): boolean {
  return bytes[0] === handshakeRecord && bytes[5] === clientHello;
}

/**
 * Whether a server that answers this first resumes an earlier TLS 1.3 session: then its ServerHello has the extension pre_shared_key.
 * False for anything that is no whole ServerHello.
 */
export function resumesSession(bytes: Buffer): boolean {
  if (bytes[0] !== handshakeRecord || bytes[5] !== serverHello) return false;
  // Record header 5, message header 4, version 2, random 32; then the session id, the cipher suite and the compression method.
  const sessionId = 43;
  const extensions = sessionId + 1 + (bytes[sessionId] ?? 0) + 3;
  if (bytes.length < extensions + 2) return false;
  const end = extensions + 2 + bytes.readUInt16BE(extensions);
  for (let at = extensions + 2; at + 4 <= Math.min(end, bytes.length); at += 4 + bytes.readUInt16BE(at + 2)) {
    if (bytes.readUInt16BE(at) === preSharedKey) return true;
  }
  return false;
}
