import { andThen, type MaybePromise, rescue } from '../maybe-promise.ts'
import { type MechanismName, SCRAM_VARIANTS } from '../mechanism.ts'
import { prepareOrThrow, preparePassword } from '../preparation.ts'
import { SaslError } from '../sasl-error.ts'
import { MINIMUM_ITERATIONS } from '../scram/credentials.ts'
import { tlsVersionAttribute } from '../scram/downgrade-protection.ts'
import { webCrypto } from '../web-crypto.ts'
import { beginAnonymous } from './anonymous.ts'
import { type Choice, chooseMechanism } from './choose.ts'
import type { ClientBeginning, ClientContext, ClientStep } from './context.ts'
import { beginExternal } from './external.ts'
import type { AwaitingSuccess, BeginOneMessage } from './one-message.ts'
import type { SaslClientOptions } from './options.ts'
import type { SaslReply, SaslResult, SaslStart } from './outcome.ts'
import { beginPlain } from './plain.ts'
import {
  type AwaitingServerFinal,
  type AwaitingServerFirst,
  beginScram,
  stepServerFinal,
  stepServerFirst,
} from './scram.ts'

const DEFAULT_MAXIMUM_ITERATIONS = 10_000_000

/** The client half of one exchange: bytes in, outcomes out. */
export interface SaslClient {
  readonly mechanism: MechanismName
  /** The first message. */
  readonly start: SaslStart
  /** Answers a challenge. On failure the exchange is to be aborted. */
  challenge(data: Uint8Array): MaybePromise<SaslReply>
  /** Checks what came with the server's success: until this answers `success`, the server is not to be trusted. */
  success(data: Uint8Array | undefined): MaybePromise<SaslResult>
}

/** Where a client's exchange stands, named for the message that it waits for. */
type ClientState = AwaitingServerFirst | AwaitingServerFinal | AwaitingSuccess

const ONE_MESSAGE: Readonly<Partial<Record<MechanismName, BeginOneMessage>>> = {
  PLAIN: beginPlain,
  EXTERNAL: beginExternal,
  ANONYMOUS: beginAnonymous,
}

/** The machine of all client mechanisms. */
function stepClient(
  state: ClientState,
  message: Uint8Array,
  context: ClientContext,
): MaybePromise<ClientStep<ClientState>> {
  switch (state.waitsFor) {
    case 'scram-server-first':
      return stepServerFirst(state, message, context)
    case 'scram-server-final':
      return stepServerFinal(state, message)
    case 'success':
      return { error: new SaslError('unexpected-message') }
  }
}

const normalize = (username: string): string => username.normalize('NFC')

const prepareName = ({ username = '', prepareUsername = normalize }: SaslClientOptions): string =>
  prepareOrThrow(prepareUsername, username, 'invalid-username')

const prepareSecret = ({ password = '', preparePassword: prepare = preparePassword }: SaslClientOptions): string =>
  prepareOrThrow(prepare, password, 'invalid-password')

function contextOf(options: SaslClientOptions, { mechanism, mustSignOffer }: Choice): ClientContext {
  const named = mechanism !== 'EXTERNAL' && mechanism !== 'ANONYMOUS'
  return {
    username: named ? prepareName(options) : '',
    password: named ? prepareSecret(options) : '',
    authorizationId: options.authorizationId || undefined,
    randomBytes: options.randomBytes,
    crypto: options.crypto ?? webCrypto,
    minimumIterations: options.minimumIterations ?? MINIMUM_ITERATIONS,
    maximumIterations: options.maximumIterations ?? DEFAULT_MAXIMUM_ITERATIONS,
    offer: { mechanisms: options.offered, channelBindings: options.offeredChannelBindings },
    mustSignOffer: mustSignOffer === true,
    tlsVersion: options.tlsVersion === undefined ? undefined : tlsVersionAttribute(options.tlsVersion),
    saltedPasswords: options.saltedPasswords,
  }
}

function begin(choice: Choice, options: SaslClientOptions, context: ClientContext): ClientBeginning<ClientState> {
  const variant = SCRAM_VARIANTS[choice.mechanism]
  if (!variant) return (ONE_MESSAGE[choice.mechanism] as BeginOneMessage)(context)
  const binding = choice.binding && options.channelBindings?.get(choice.binding)
  return beginScram({ hash: variant.hash, flag: choice.flag, binding }, context)
}

/**
 * Chooses the strongest mechanism that is acceptable to both sides and begins an exchange.
 *
 * @throws {SaslError} `no-acceptable-mechanism`, `channel-binding-downgrade`, `invalid-username`, `invalid-password`.
 * @example
 * const client = createSaslClient({ offered: ['SCRAM-SHA-256', 'PLAIN'], username: 'juliet', password, tls: true, randomBytes })
 * client.start // { mechanism: 'SCRAM-SHA-256', initialResponse }
 */
export function createSaslClient(options: SaslClientOptions): SaslClient {
  const choice = chooseMechanism(options)
  const context = contextOf(options, choice)
  return new Client(choice, begin(choice, options, context), context)
}

class Client implements SaslClient {
  readonly mechanism: MechanismName
  readonly start: SaslStart
  readonly #binding: string | undefined
  readonly #context: ClientContext
  #state: ClientState | undefined

  constructor(choice: Choice, beginning: ClientBeginning<ClientState>, context: ClientContext) {
    this.mechanism = choice.mechanism
    this.start = { mechanism: choice.mechanism, initialResponse: beginning.response }
    this.#binding = choice.binding
    this.#context = context
    this.#state = beginning.state
  }

  challenge(data: Uint8Array): MaybePromise<SaslReply> {
    return andThen(this.#step(data), (step) =>
      'error' in step ? { type: 'failure', error: step.error } : { type: 'response', data: step.response },
    )
  }

  success(data: Uint8Array | undefined): MaybePromise<SaslResult> {
    if (this.#state?.waitsFor === 'scram-server-final' && data) {
      return andThen(this.#step(data), (step) =>
        'error' in step ? { type: 'failure', error: step.error } : this.#end(),
      )
    }
    return this.#end()
  }

  #step(message: Uint8Array): MaybePromise<ClientStep<ClientState>> {
    const state = this.#state
    this.#state = undefined
    if (!state) return { error: new SaslError('unexpected-message') }
    const step = rescue<ClientStep<ClientState>>(
      () => stepClient(state, message, this.#context),
      (cause) => ({ error: new SaslError('crypto', { cause }) }),
    )
    return andThen(step, (done) => {
      if ('state' in done) this.#state = done.state
      return done
    })
  }

  /** A SCRAM server that has not shown its signature is not authenticated, whatever it says (RFC 5802 §5). */
  #end(): SaslResult {
    const done = this.#state?.waitsFor === 'success'
    this.#state = undefined
    return done
      ? { type: 'success', mechanism: this.mechanism, binding: this.#binding }
      : { type: 'failure', error: new SaslError('server-not-authenticated') }
  }
}
