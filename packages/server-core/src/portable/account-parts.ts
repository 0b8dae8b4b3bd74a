import { type PortableCredentials, readScramCredentials, scramCredentialsElement } from '@parlour/portable-data'
import { parseScramCredentials, type ScramCredentials, serializeScramCredentials } from '@parlour/sasl'
import { type Element, el } from '@parlour/xml'
import { type Account, type AccountFacts, HASHES } from '../account-record.ts'

/** Of `<account/>`: what XEP-0227 has no place for. */
const ACCOUNT_NAMESPACE = 'urn:parlour:account:0'

export function accountElement({ created, isDisabled }: AccountFacts): Element {
  const disabled = isDisabled ? 'true' : undefined
  return el('account', ACCOUNT_NAMESPACE, { created: new Date(created).toISOString(), disabled })
}

export const isAccountElement = (element: Element): boolean => element.is('account', ACCOUNT_NAMESPACE)

/** What {@link accountElement} wrote. */
export function readAccountElement(element: Element): Partial<AccountFacts> {
  const created = Date.parse(element.attribute('created') ?? '')
  return { ...(created >= 0 && { created }), isDisabled: element.attribute('disabled') === 'true' }
}

/** The verifiers of an account (XEP-0227 §4.3). */
export function credentialElements(account: Account): Element[] {
  return HASHES.flatMap((hash) => {
    const credentials = account.credentials(hash)
    return credentials ? scramCredentialsElement(portable(credentials)) : []
  })
}

export const isCredentialElement = (element: Element): boolean =>
  element.is('scram-credentials', 'urn:xmpp:pie:0#scram')

/** The verifier in `<scram-credentials/>`; `undefined`: it is none, or of a hash that is not known here. */
export function readCredentialElement(element: Element): ScramCredentials | undefined {
  const found = readScramCredentials(element)
  const hash = HASHES.find((name) => found?.mechanism === `SCRAM-${name}`)
  if (!found || !hash) return undefined
  try {
    return parseScramCredentials(JSON.stringify({ ...found, hash }))
  } catch {
    // Keys that have not the length of the hash.
    return undefined
  }
}

/** Whether an account has the very same verifier. */
export function hasCredentials(account: Account, credentials: ScramCredentials): boolean {
  const own = account.credentials(credentials.hash)
  return own !== undefined && serializeScramCredentials(own) === serializeScramCredentials(credentials)
}

function portable(credentials: ScramCredentials): PortableCredentials {
  const { hash, iterations, salt, serverKey, storedKey } = JSON.parse(serializeScramCredentials(credentials))
  return { mechanism: `SCRAM-${hash}`, iterations, salt, serverKey, storedKey }
}
