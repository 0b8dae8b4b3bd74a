import { createHash, X509Certificate } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import type { Authorities } from './authorities.ts'
import { faultInWords } from './fault-in-words.ts'
import { judgeAsClient, judgeAsServer } from './replay.ts'
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
  /**
   * A context with a certificate of ours, trusting these authorities, for the chain of a client: that may be one for
   * servers, too. Undefined for the chain of a server.
   */
  readonly ownContext: (() => SecureContext | undefined) | undefined
}

/** Why the chain is not that of an XMPP server by these authorities; undefined if it is. */
export async function verifyChain(chain: readonly Uint8Array[], judgement: Judgement): Promise<string | undefined> {
  const { authorities, verdict, ownContext } = judgement
  if (verdict && verdict.code === undefined) return undefined
  const bytes = chain.reduce((sum, { length }) => sum + length, 0)
  if (chain.length > MAX_CHAIN_LENGTH || bytes > MAX_CHAIN_BYTES) return 'its chain of certificates is too long'
  const hash = hashOf(chain, ownContext !== undefined)
  if (isAccepted(authorities, hash)) return undefined
  const { code, message } = await judge(chain, judgement)
  if (code !== undefined) return faultInWords({ code, message }, chain, Date.now())
  accept(authorities, hash, chain)
  return undefined
}

/**
 * The chain of a client is accepted if OpenSSL accepts it as that of a client or as that of a server. Each is a whole
 * verification: a fault of the purpose found in one may have hidden others, so it is never just passed over.
 */
async function judge(chain: readonly Uint8Array[], judgement: Judgement): Promise<Verdict> {
  const { authorities, verdict, ownContext } = judgement
  if (!ownContext) return verdict ?? judgeAsServer(chain, authorities.context)
  const context = verdict ? undefined : ownContext()
  const asClient = verdict ?? (context ? await judgeAsClient(chain, context) : UNASKED)
  if (asClient.code === undefined) return asClient
  const asServer = await judgeAsServer(chain, authorities.context)
  return asServer.code === INVALID_PURPOSE ? asClient : asServer
}

const UNASKED: Verdict = { code: INVALID_PURPOSE }

function hashOf(chain: readonly Uint8Array[], eitherRole: boolean): string {
  const hash = createHash('sha256').update(eitherRole ? 'either' : 'server')
  for (const der of chain) hash.update(`;${der.length};`).update(der)
  return hash.digest('base64')
}

function isAccepted({ accepted }: Authorities, hash: string): boolean {
  const until = accepted.get(hash)
  if (until !== undefined && until > Date.now()) return true
  accepted.delete(hash)
  return false
}

function accept({ accepted }: Authorities, hash: string, chain: readonly Uint8Array[]): void {
  const ends = chain.map((der) => new X509Certificate(der).validToDate.getTime())
  const oldest = accepted.size >= MAX_ACCEPTED ? accepted.keys().next().value : undefined
  if (oldest !== undefined) accepted.delete(oldest)
  accepted.set(hash, Math.min(Date.now() + ACCEPTED_FOR, ...ends))
}
