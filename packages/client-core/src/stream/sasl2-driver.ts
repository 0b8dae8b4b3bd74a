import {
  answerScramUpgrade,
  beginTokenClient,
  chooseTokenMechanism,
  createSaslClient,
  hashOfUpgrade,
  type MaybePromise,
  type SaslClient,
  type SaslClientOptions,
  SaslError,
  type SaslReply,
  type SaslResult,
  type TokenClient,
  type TokenMechanismName,
  type TokenResult,
  upgradeRequestElement,
  webCrypto,
} from '@parlour/sasl'
import {
  fastElement,
  type InitiatorInput,
  type InitiatorOutput,
  readIssuedToken,
  requestTokenElement,
} from '@parlour/stream-negotiation'
import { channelBindings } from '@parlour/tls-negotiation'
import type { Connection } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import type { OpenClientStreamOptions } from './options.ts'
import { saslOptions } from './sasl-options.ts'
import type { AccountToken } from './token-store.ts'

type Output<Type extends InitiatorOutput['type']> = Extract<InitiatorOutput, { type: Type }>
type Beginning = Output<'begin-sasl2'>

/** What is under way: an exchange by a password or the like, or by a token. */
type Attempt =
  | { readonly type: 'client'; readonly client: SaslClient }
  | { readonly type: 'token'; readonly client: TokenClient }

/** Signs in by SASL2 (XEP-0388): by a token where there is one (XEP-0484), otherwise as the credentials allow. */
export class Sasl2Driver {
  readonly #options: OpenClientStreamOptions
  readonly #connection: Connection
  readonly #step: (input: InitiatorInput) => void
  #beginning: Beginning | undefined
  #attempt: Attempt | undefined
  /** What a token that comes with success is for. */
  #tokenMechanism: TokenMechanismName | undefined
  #excluded: SaslClient['mechanism'][] = []

  constructor(options: OpenClientStreamOptions, connection: Connection, step: (input: InitiatorInput) => void) {
    this.#options = options
    this.#connection = connection
    this.#step = step
  }

  /** Of the attempt under way. */
  get mechanism(): string | undefined {
    return this.#attempt?.client.mechanism
  }

  begin(beginning: Beginning): void {
    this.#beginning = beginning
    this.#try(async () => {
      const token = await this.#usableToken(beginning)
      if (token) await this.#beginByToken(token)
      else this.#beginByCredentials(beginning)
    })
  }

  challenge({ data }: Output<'sasl2-challenge'>): void {
    if (this.#attempt?.type !== 'client') {
      this.#fail(new SaslError('unexpected-message'))
      return
    }
    settle(this.#attempt.client.challenge(data), (reply: SaslReply) => {
      if (reply.type === 'response') this.#step({ type: 'sasl2-reply', data: reply.data })
      else this.#fail(reply.error)
    })
  }

  verify({ data }: Output<'verify-sasl2'>): void {
    const verdict = this.#attempt?.client.success(data) ?? {
      type: 'failure' as const,
      error: new SaslError('server-not-authenticated'),
    }
    settle<SaslResult | TokenResult>(verdict, (result) => {
      if (result.type === 'success') this.#step({ type: 'sasl2-verified' })
      else this.#fail(result.error)
    })
  }

  /** A token that does not do gives way to the password (XEP-0484 §4.1), a mechanism that is none to the next one. */
  refused({ condition, text }: Output<'sasl2-refused'>): void {
    const attempt = this.#attempt
    const error = new SaslError('failure', { message: text ? `${condition}: ${text}` : condition, condition, text })
    this.#try(async () => {
      if (!this.#beginning || condition === 'temporary-auth-failure') throw error
      if (attempt?.type === 'token') await this.#options.tokens?.delete(this.#options.jid.bare)
      else if (attempt && condition === 'invalid-mechanism') this.#excluded.push(attempt.client.mechanism)
      else throw error
      try {
        this.#beginByCredentials(this.#beginning)
      } catch (exhausted) {
        throw exhausted instanceof SaslError && exhausted.code === 'no-acceptable-mechanism' ? error : exhausted
      }
    })
  }

  /** Keeps the token that came along; one that is void now is forgotten. */
  take({ results }: Output<'sasl2-results'>): void {
    const issued = readIssuedToken(results)
    const { tokens, jid, invalidateToken = false } = this.#options
    if (!tokens) return
    let kept: Promise<void> | undefined
    if (issued && this.#tokenMechanism) kept = tokens.put(jid.bare, { ...issued, mechanism: this.#tokenMechanism })
    else if (invalidateToken && this.#attempt?.type === 'token') kept = tokens.delete(jid.bare)
    kept?.catch((error: unknown) => {
      throw error
    })
  }

  async #usableToken({ inline }: Beginning): Promise<AccountToken | undefined> {
    const { tokens, userAgent, jid, environment } = this.#options
    if (!tokens || userAgent?.id === undefined || inline.tokens.length === 0) return undefined
    const token = await tokens.get(jid.bare)
    if (!token || token.expiry <= environment.now()) return undefined
    // It works with its mechanism alone (XEP-0484 §3.4), which needs what it binds to.
    return chooseTokenMechanism([token.mechanism], channelBindings(this.#connection.security)) &&
      inline.tokens.includes(token.mechanism)
      ? token
      : undefined
  }

  async #beginByToken({ mechanism, token }: AccountToken): Promise<void> {
    const { jid, credentials } = this.#options
    const client = await beginTokenClient({
      ...{ mechanism, token, username: credentials.username ?? jid.local },
      channelBindings: channelBindings(this.#connection.security),
      ...(credentials.crypto && { crypto: credentials.crypto }),
    })
    this.#attempt = { type: 'token', client }
    this.#tokenMechanism = mechanism
    this.#start(mechanism, client.initialResponse, [
      fastElement({ invalidate: this.#options.invalidateToken === true }),
    ])
  }

  #beginByCredentials({ features, offer, inline }: Beginning): void {
    const options = saslOptions(this.#options, this.#connection, features, offer.mechanisms)
    if (isStripped(options)) throw new SaslError('channel-binding-downgrade', { message: STRIPPED })
    const client = createSaslClient({ ...options, excluded: [...(options.excluded ?? []), ...this.#excluded] })
    this.#attempt = { type: 'client', client }
    const { tokens, userAgent } = this.#options
    this.#tokenMechanism =
      tokens && userAgent?.id !== undefined ? chooseTokenMechanism(inline.tokens, options.channelBindings) : undefined
    const wish = this.#tokenMechanism ? [requestTokenElement(this.#tokenMechanism)] : []
    const upgrades = this.#canUpgrade(client) ? offer.upgrades.filter(hashOfUpgrade) : []
    this.#start(client.mechanism, client.start.initialResponse, [...upgrades.map(upgradeRequestElement), ...wish])
  }

  /** A verifier that the server lacks is made of the password (XEP-0480 §3). */
  #canUpgrade({ mechanism }: SaslClient): boolean {
    return this.#options.credentials.password !== undefined && /^(SCRAM-|PLAIN$)/.test(mechanism)
  }

  /** The server has been verified by now. */
  perform({ task, content }: Output<'sasl2-task'>): void {
    this.#try(async () => {
      const { password, crypto = webCrypto, minimumIterations, maximumIterations } = this.#options.credentials
      const hash = hashOfUpgrade(task)
      if (!hash || password === undefined) throw new SaslError('unexpected-message')
      const bounds = { minimumIterations, maximumIterations }
      const answer = await answerScramUpgrade(content, { hash, password, crypto, ...bounds })
      this.#step({ type: 'sasl2-task-reply', content: [answer] })
    })
  }

  #start(mechanism: string, initialResponse: Uint8Array, inline: readonly Element[]): void {
    this.#step({ type: 'sasl2-start', mechanism, initialResponse, inline })
  }

  #fail(cause: unknown): void {
    this.#step({ type: 'sasl2-failure', cause })
  }

  #try(attempt: () => Promise<void>): void {
    attempt().catch((error: unknown) => this.#fail(error))
  }
}

const STRIPPED = 'mechanisms that bind to the channel are offered, but no types to bind with'

/** Somebody has taken the types out of what the server offers, or it is faulty: with SASL2 either is the end (XEP-0440 §3, rule 4). */
function isStripped({ offered, offeredChannelBindings, channelBindings: own }: SaslClientOptions): boolean {
  return offeredChannelBindings === undefined && Boolean(own?.size) && offered.some((name) => name.endsWith('-PLUS'))
}

/** Goes on at once when there is nothing to wait for. The clients of SASL tell failures as results, they do not reject. */
function settle<Value>(value: MaybePromise<Value>, take: (value: Value) => void): void {
  if (value instanceof Promise) void value.then(take)
  else take(value)
}
