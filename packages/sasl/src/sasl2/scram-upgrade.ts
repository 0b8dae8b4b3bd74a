import { type Element, el } from '@parlour/xml'
import { decodeBase64, encodeBase64 } from '../base64.ts'
import { encodeText } from '../bytes.ts'
import { HASH_LENGTHS, type HashName, type SaslCrypto } from '../crypto.ts'
import { preparePassword } from '../preparation.ts'
import { SaslError } from '../sasl-error.ts'
import { MINIMUM_ITERATIONS } from '../scram/credentials.ts'

/** Namespace of what is exchanged in a SCRAM upgrade task (XEP-0480 §3). */
export const SCRAM_UPGRADE_NAMESPACE = 'urn:xmpp:scram-upgrade:0'

const PREFIX = 'UPGR-SCRAM-'
/** A verifier for SHA-1 is no gain. */
const HASHES = (Object.keys(HASH_LENGTHS) as HashName[]).filter((hash) => hash !== 'SHA-1')

/** The hash that a task brings a verifier for; `undefined`: the task is not known here. */
export function hashOfUpgrade(task: string): HashName | undefined {
  return HASHES.find((hash) => task === PREFIX + hash)
}

/** What a client does a SCRAM upgrade task with. */
export interface ScramUpgradeOptions {
  readonly hash: HashName
  readonly password: string
  readonly crypto: Pick<SaslCrypto, 'pbkdf2'>
  /** Default {@link MINIMUM_ITERATIONS}. */
  readonly minimumIterations?: number | undefined
  /** Default 10,000,000: what takes a machine seconds. */
  readonly maximumIterations?: number | undefined
}

/**
 * Answers `<salt/>` by `<hash/>` with the salted password (XEP-0480 §3). Only for a server that has shown that it knows
 * the password: by it, it can sign in elsewhere where salt and count are the same.
 *
 * @throws {SaslError} `malformed-challenge`, `iteration-count-out-of-bounds`, `invalid-password`
 */
export async function answerScramUpgrade(content: readonly Element[], options: ScramUpgradeOptions): Promise<Element> {
  const { hash, password, crypto, minimumIterations = MINIMUM_ITERATIONS, maximumIterations = 10_000_000 } = options
  const element = content.find((each) => each.is('salt', SCRAM_UPGRADE_NAMESPACE))
  const salt = decodeBase64(element?.text().trim() ?? '')
  const count = element?.attribute('iterations') ?? ''
  if (!salt?.length || !/^\d{1,9}$/.test(count)) throw new SaslError('malformed-challenge')
  const iterations = Number(count)
  if (iterations < minimumIterations || iterations > maximumIterations)
    throw new SaslError('iteration-count-out-of-bounds', { message: `iteration count ${count}` })
  const salted = await crypto.pbkdf2(hash, encodeText(preparePassword(password)), salt, iterations)
  return el('hash', SCRAM_UPGRADE_NAMESPACE, {}, encodeBase64(salted))
}
