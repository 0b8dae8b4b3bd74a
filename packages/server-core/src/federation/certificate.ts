import type { PeerCertificate } from '@parlour/stream-negotiation'
import { certificateVerdict } from '@parlour/tls-negotiation'
import type { TlsSecurity } from '@parlour/transport'
import type { FederationContext } from './federation-context.ts'

/** What is known of a peer's certificate: whether its chain is accepted, and for which domains it would be. */
export class PresentedCertificate {
  /** Why the chain is not accepted. */
  readonly chainFault: string | undefined
  readonly #names: ReturnType<FederationContext['certificateNames']>

  constructor(chainFault: string | undefined, names: ReturnType<FederationContext['certificateNames']>) {
    this.chainFault = chainFault
    this.#names = names
  }

  /** Whether it proves that the peer is a server of this domain (RFC 6120 §13.7.2.1, RFC 9525). */
  proves(domain: string): PeerCertificate {
    return certificateVerdict(this.chainFault, this.#names, domain)
  }
}

/** Judges the chain that the peer presented. */
export async function readCertificate(
  security: TlsSecurity | undefined,
  context: FederationContext,
): Promise<PresentedCertificate> {
  const der = security?.peerCertificate()
  if (!security || !der) return new PresentedCertificate('no certificate was presented', [])
  const chainFault = await security.verifyPeerChain()
  return new PresentedCertificate(chainFault, context.certificateNames(der))
}
