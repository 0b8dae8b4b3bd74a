/** A certificate for tests, with its key: PEM for files, DER for looking into it. */
export interface TestCertificate {
  /** The certificate and the intermediate ones after it, in PEM. */
  readonly certificate: string
  /** The private key, in PEM (PKCS #8). */
  readonly key: string
  /** The certificate alone, in DER. */
  readonly der: Uint8Array
  /** All that is in `certificate`, in DER. */
  readonly chain: readonly Uint8Array[]
}
