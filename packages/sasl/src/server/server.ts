import { andThen, type MaybePromise } from '../maybe-promise.ts'
import { isMechanismName, MECHANISM_NAMES, type MechanismName, SCRAM_VARIANTS } from '../mechanism.ts'
import { preparePassword, prepareUsername } from '../preparation.ts'
import { MINIMUM_ITERATIONS } from '../scram/credentials.ts'
import { type SaslOffer, tlsVersionAttribute } from '../scram/downgrade-protection.ts'
import { webCrypto } from '../web-crypto.ts'
import { isSameIdentity } from './authorization.ts'
import type { ServerContext, ServerStep } from './context.ts'
import type { CredentialsPort, SaslServerOptions } from './options.ts'
import { failure, type SaslOutcome } from './outcome.ts'
import { initialState, type ServerState, stepServer } from './step.ts'

/** The server half of SASL on one connection: bytes in, outcomes out. One exchange at a time; a new start discards the old. */
export interface SaslServer {
  /** What to offer, strongest first; empty when nothing can be. */
  readonly mechanisms: readonly MechanismName[]
  /**
   * The client has chosen `mechanism`. `initialResponse` is `undefined` when it sent none, empty when it sent `=`.
   * The answer is a promise only when the credentials or the cryptography port answered with one.
   */
  start(mechanism: string | undefined, initialResponse: Uint8Array | undefined): MaybePromise<SaslOutcome>
  /** The client has answered the challenge. */
  respond(message: Uint8Array): MaybePromise<SaslOutcome>
  /** Forgets the exchange under way. */
  abort(): void
}

const noCredentials: CredentialsPort = { lookUp: () => undefined }
const EMPTY = new Uint8Array(0)
const SHORTEST_SECRET = 16

/** `undefined` instead of a throw. */
const orUndefined = (prepare: (text: string) => string) => (text: string) => {
  try {
    return prepare(text) || undefined
  } catch {
    return undefined
  }
}

/** The mechanisms that policy and connection allow (RFC 6120 §6.3.4), strongest first. */
function offered(options: SaslServerOptions): MechanismName[] {
  const allowed = (name: MechanismName): boolean => {
    if (name === 'ANONYMOUS') return true
    if (name === 'EXTERNAL') return Boolean(options.externalIdentities?.length)
    if (!options.credentials) return false
    if (name === 'PLAIN') return options.tls
    return !SCRAM_VARIANTS[name]?.plus || Boolean(options.channelBindings?.size)
  }
  return MECHANISM_NAMES.filter((name) => options.mechanisms.includes(name) && allowed(name))
}

function contextOf(options: SaslServerOptions, mechanisms: readonly MechanismName[]): ServerContext {
  return {
    domain: options.domain,
    tls: options.tls,
    channelBindings: options.channelBindings ?? new Map(),
    plusOffered: mechanisms.some((name) => SCRAM_VARIANTS[name]?.plus),
    offer: offerOf(options, mechanisms),
    tlsVersion: options.tlsVersion === undefined ? undefined : tlsVersionAttribute(options.tlsVersion),
    credentials: options.credentials ?? noCredentials,
    secret: options.secret,
    randomBytes: options.randomBytes,
    crypto: options.crypto ?? webCrypto,
    iterations: options.iterations ?? MINIMUM_ITERATIONS,
    plainHash: options.plainHash ?? 'SHA-256',
    externalIdentities: options.externalIdentities ?? [],
    prepareUsername: orUndefined(options.prepareUsername ?? prepareUsername),
    preparePassword: orUndefined(options.preparePassword ?? preparePassword),
    authorize: options.authorize ?? isSameIdentity,
  }
}

function offerOf(options: SaslServerOptions, mechanisms: readonly string[]): SaslOffer | undefined {
  return options.downgradeProtection ? { mechanisms, channelBindings: options.announcedChannelBindings } : undefined
}

/**
 * Makes the server half for one connection.
 *
 * @throws {RangeError} when the secret is shorter than 16 octets.
 * @example
 * const server = createSaslServer({ mechanisms: ['SCRAM-SHA-256'], domain: 'example.org', tls: true, credentials, secret, randomBytes })
 * const outcome = await server.start('SCRAM-SHA-256', clientFirst)
 * if (outcome.type === 'challenge') outcome.data // for the client, whose answer goes to server.respond
 */
export function createSaslServer(options: SaslServerOptions): SaslServer {
  if (options.secret.length < SHORTEST_SECRET) throw new RangeError(`secret: at least ${SHORTEST_SECRET} octets`)
  const mechanisms = offered(options)
  return new Server(mechanisms, contextOf(options, mechanisms))
}

class Server implements SaslServer {
  readonly mechanisms: readonly MechanismName[]
  readonly #context: ServerContext
  #state: ServerState | undefined
  /** Counts the exchanges, so that what an abandoned one still had to wait for changes nothing. */
  #exchange = 0

  constructor(mechanisms: readonly MechanismName[], context: ServerContext) {
    this.mechanisms = mechanisms
    this.#context = context
  }

  start(mechanism: string | undefined, initialResponse: Uint8Array | undefined): MaybePromise<SaslOutcome> {
    this.abort()
    if (mechanism === undefined || !isMechanismName(mechanism)) return failure('invalid-mechanism')
    if (!this.mechanisms.includes(mechanism)) return this.#refuse(mechanism)
    this.#state = initialState(mechanism)
    // Every mechanism here is client-first: without an initial response an empty challenge asks for it (RFC 4422 §3.3).
    return initialResponse ? this.respond(initialResponse) : { type: 'challenge', data: EMPTY }
  }

  respond(message: Uint8Array): MaybePromise<SaslOutcome> {
    const state = this.#state
    this.#state = undefined
    if (!state) return failure('malformed-request', 'no response is expected')
    const exchange = this.#exchange
    return andThen(stepServer(state, message, this.#context), (step) => this.#enter(step, exchange))
  }

  abort(): void {
    this.#exchange++
    this.#state = undefined
  }

  #enter(step: ServerStep<ServerState>, exchange: number): SaslOutcome {
    if (exchange === this.#exchange) this.#state = step.state
    return step.output
  }

  /** Not offered; PLAIN says why where that is the reason (RFC 6120 §6.5.4). */
  #refuse(mechanism: MechanismName): SaslOutcome {
    return failure(mechanism === 'PLAIN' && !this.#context.tls ? 'encryption-required' : 'invalid-mechanism', mechanism)
  }
}
