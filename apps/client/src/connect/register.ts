import { credentialsElement, readRegistrationFields, registrationRequest } from '@parlour/extensions/registration'
import type { Jid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { openFirst } from './open.ts'
import type { ConnectOptions } from './options.ts'
import { openUnauthenticatedStream, type UnauthenticatedStream } from './unauthenticated-stream.ts'

const OUT_OF_BAND_NAMESPACE = 'jabber:x:oob'

/**
 * The server makes no account with a name and a password.
 *
 * - `more-fields`: it wants more; the message says what
 * - `elsewhere`: accounts are made at another place; the message says where
 * - `not-offered`: it makes none by programs
 */
export class RegistrationError extends Error {
  override readonly name = 'RegistrationError'
  readonly code: 'more-fields' | 'elsewhere' | 'not-offered'

  constructor(code: RegistrationError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Makes an account (XEP-0077 §3.1), over TLS. Nothing is left open.
 *
 * @throws {StanzaError} `conflict` if the name is taken, `not-acceptable`, `not-allowed`, …
 * @throws {RegistrationError}
 * @throws {ClientError} as for connect()
 */
export async function register(
  options: Pick<ConnectOptions, 'service' | 'ca' | 'connectTimeout' | 'negotiationTimeout' | 'resolver'> & {
    readonly jid: Jid
    readonly password: string
    readonly signal?: AbortSignal
  },
): Promise<void> {
  const { jid, password, signal = new AbortController().signal, negotiationTimeout: timeout = 30_000 } = options
  await openFirst(jid.domain, options, signal, async (connection) => {
    const stream = await openUnauthenticatedStream(connection, jid.domain, { timeout, signal })
    try {
      await makeAccount(stream, jid.local, password)
    } finally {
      stream.close()
    }
  })
}

async function makeAccount(stream: UnauthenticatedStream, username: string, password: string): Promise<void> {
  const form = await stream.request('get', registrationRequest()).catch((error: unknown) => {
    if (!(error instanceof StanzaError)) throw error
    throw new RegistrationError('not-offered', `the server makes no accounts this way (${error.condition})`)
  })
  if (form) checkForm(form)
  await stream.request('set', credentialsElement(username, password))
}

const KNOWN = new Set(['username', 'password', 'key'])

function checkForm(form: Element): void {
  const { fields, instructions } = readRegistrationFields(form)
  const more = fields.filter((name) => !KNOWN.has(name))
  if (fields.includes('username') && more.length === 0) return
  if (more.length > 0)
    throw new RegistrationError('more-fields', `the server also wants: ${more.join(', ')}. ${instructions}`)
  const url = form.child('x', OUT_OF_BAND_NAMESPACE)?.childText('url')
  const where = url === undefined ? `the server says: ${instructions}` : `accounts are made at ${url}`
  throw new RegistrationError('elsewhere', where)
}
