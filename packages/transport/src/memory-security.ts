import type { TlsSecurity } from './tls-security.ts'

/** What an end of a memory pair presents, and what the other end's verification says of it. */
export interface MemoryCertificate {
  /** {@link TlsSecurity.peerCertificateChain} of the other end: leaf first, in DER. */
  readonly chain: readonly Uint8Array[]
  /** What {@link TlsSecurity.verifyPeerChain} of the other end resolves with; accepted if not given. */
  readonly fault?: string
}

/** What a secured memory pair reports: bindings that both ends agree upon, unlike those of any other label. */
export function createMemorySecurity(servername: string | undefined, peer: MemoryCertificate | undefined): TlsSecurity {
  const chain = peer?.chain ?? []
  const fault = chain.length === 0 ? 'no certificate was presented' : peer?.fault
  return {
    protocol: 'memory',
    cipher: 'none',
    ...(servername === undefined ? {} : { servername }),
    exporter: (label, length) => fill(`${label}:${servername}`, length),
    clientFinished: () => fill(`finished:${servername}`, 32),
    serverEndPoint: () => fill(`server:${servername}`, 32),
    peerCertificate: () => chain[0],
    peerCertificateError: () => peer?.fault,
    peerCertificateChain: () => chain,
    verifyPeerChain: async () => fault,
  }
}

/** Bytes that differ for different seeds; FNV-1a feeding itself. Nothing secret depends on them. */
function fill(seed: string, length: number): Uint8Array {
  let hash = 0x811c9dc5
  const mix = (code: number) => {
    hash = Math.imul(hash ^ code, 0x01000193) >>> 0
  }
  for (let i = 0; i < seed.length; i++) mix(seed.charCodeAt(i))
  return Uint8Array.from({ length }, (_, i) => {
    mix(i)
    return hash >>> 24
  })
}
