/** What TLS negotiated on a connection, and what channel binding needs of it. */
export interface TlsSecurity {
  /** The version, in the words of OpenSSL: `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string
  /** The cipher suite's standard name, such as `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string
  /** The protocol chosen by ALPN, such as `xmpp-client` (XEP-0368 §2). */
  readonly alpn?: string
  /** The server name that the client sent (RFC 6066 §3). */
  readonly servername?: string
  /**
   * Keying material both ends can compute (RFC 5705, RFC 8446 §7.5), with an empty context. For the `tls-exporter`
   * channel binding: `exporter('EXPORTER-Channel-Binding', 32)` (RFC 9266 §2).
   * Undefined where it would not be unique: before TLS 1.3 without an extended master secret (RFC 9266 §3).
   */
  exporter(label: string, length: number): Uint8Array | undefined
  /**
   * The client's Finished message of the handshake: the `tls-unique` of RFC 5929 §3, which that RFC defines before
   * TLS 1.3 only, while older clients use it with TLS 1.3 as well. Undefined where the handshake has none of its own.
   */
  clientFinished(): Uint8Array | undefined
  /** The hash of the server's certificate for `tls-server-end-point` (RFC 5929 §4.1); undefined if it is not defined for it. */
  serverEndPoint(): Uint8Array | undefined
  /** The certificate that the peer presented, in DER. */
  peerCertificate(): Uint8Array | undefined
  /** Why the peer's certificate chain was not accepted, in the words of the TLS library; undefined if it was, or if none was asked for. */
  peerCertificateError(): string | undefined
  /** The chain that the peer presented, in its order, leaf first, each certificate in DER; empty without one. */
  peerCertificateChain(): readonly Uint8Array[]
  /**
   * Judges the peer's chain as that of an XMPP server: a path to a trust anchor (RFC 5280 §6.1), every certificate of
   * it in its time. That of a peer that connected may be for serverAuth or for clientAuth, for servers present the same
   * certificate in both roles; that of a peer that was connected to, for serverAuth. Whose certificate it is, is not
   * judged here.
   *
   * Resolves with why it is not accepted, in words for an operator, or with undefined. Never rejects. Once the
   * connection is closed, nothing is accepted.
   */
  verifyPeerChain(): Promise<string | undefined>
}
