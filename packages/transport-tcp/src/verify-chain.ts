import { createHash, X509Certificate } from 'node:crypto'
import type { Authorities } from './authorities.ts'
import { faultInWords } from './fault-in-words.ts'
import { chainFault } from './path-building.ts'
import { PURPOSE } from './path-validation.ts'
import { INVALID_PURPOSE, type Verdict } from './verdict.ts'

/** Certificates of a chain that are looked at, and their octets. */
export const MAX_CHAIN_LENGTH = 10
const MAX_CHAIN_BYTES = 65_536
/** Chains remembered as accepted, for each set of authorities, and for how long at most, in ms. */
const MAX_ACCEPTED = 1_000
const ACCEPTED_FOR = 3_600_000

/** How a chain is to be judged. */
export interface Judgement {
  readonly authorities: Authorities
  /** What OpenSSL said in the handshake; undefined if it asked other authorities. */
  readonly verdict: Verdict | undefined
  /** Whether the peer is the one that connected. It may present a certificate for servers all the same. */
  readonly ofClient: boolean
}

/**
 * Why the chain is not that of an XMPP server by these authorities; undefined if it is.
 *
 * What OpenSSL accepts is accepted. OpenSSL refuses the certificate of a connecting server that is for serverAuth only,
 * and its verdict holds no more than the last fault that it found; so then the whole path is validated anew.
 */
export async function verifyChain(chain: readonly Uint8Array[], judgement: Judgement): Promise<string | undefined> {
  const { authorities, verdict, ofClient } = judgement
  if (verdict && verdict.code === undefined) return undefined
  const bytes = chain.reduce((sum, { length }) => sum + length, 0)
  if (chain.length > MAX_CHAIN_LENGTH || bytes > MAX_CHAIN_BYTES) return 'its chain of certificates is too long'
  const now = Date.now()
  if (verdict && !(ofClient && verdict.code === INVALID_PURPOSE)) return faultInWords(verdict, chain, now)
  const hash = hashOf(chain, ofClient)
  if (isAccepted(authorities, hash, now)) return undefined
  const purposes = ofClient ? [PURPOSE.serverAuth, PURPOSE.clientAuth] : [PURPOSE.serverAuth]
  const fault = chainFault(chain, authorities, purposes, now)
  if (fault !== undefined) return faultInWords({ code: fault, message: fault }, chain, now)
  accept(authorities, hash, chain, now)
  return undefined
}

function hashOf(chain: readonly Uint8Array[], ofClient: boolean): string {
  const hash = createHash('sha256').update(ofClient ? 'client' : 'server')
  for (const der of chain) hash.update(`;${der.length};`).update(der)
  return hash.digest('base64')
}

function isAccepted({ accepted }: Authorities, hash: string, now: number): boolean {
  const until = accepted.get(hash)
  if (until !== undefined && until > now) return true
  accepted.delete(hash)
  return false
}

function accept({ accepted }: Authorities, hash: string, chain: readonly Uint8Array[], now: number): void {
  const ends = chain.map((der) => new X509Certificate(der).validToDate.getTime())
  const oldest = accepted.size >= MAX_ACCEPTED ? accepted.keys().next().value : undefined
  if (oldest !== undefined) accepted.delete(oldest)
  accepted.set(hash, Math.min(now + ACCEPTED_FOR, ...ends))
}
