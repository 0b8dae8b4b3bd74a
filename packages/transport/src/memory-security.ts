import type { TlsSecurity } from './tls-security.ts'

/** What a secured memory pair reports: bindings that both ends agree upon, unlike those of any other label. */
export function createMemorySecurity(servername: string | undefined): TlsSecurity {
  return {
    protocol: 'memory',
    cipher: 'none',
    ...(servername === undefined ? {} : { servername }),
    exporter: (label, length) => fill(`${label}:${servername}`, length),
    clientFinished: () => fill(`finished:${servername}`, 32),
    serverEndPoint: () => fill(`server:${servername}`, 32),
    peerCertificate: () => undefined,
    peerCertificateError: () => undefined,
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
