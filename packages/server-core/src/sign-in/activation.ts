import type { Jid } from '@parlour/jid'
import type { AuthenticationRequest, SaslCrypto, TokenMechanismName, UserAgent } from '@parlour/sasl'
import { StanzaError } from '@parlour/stanza'
import { SM_NAMESPACE } from '@parlour/stream-management'
import type { Element } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import type { ClientSession } from '../client-session.ts'
import type { Host } from '../host.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { ClientStream } from '../stream/kernel-port.ts'
import type { SignedIn } from '../stream/sign-in.ts'
import { bound, findBind2, resourceFor } from './bind2.ts'
import type { SignInMethod } from './device-record.ts'
import type { DeviceToken, DeviceTokens } from './device-tokens.ts'
import type { Devices } from './devices.ts'
import { readFastRequest, tokenElement } from './fast.ts'
import type { InlineManagement, ManagementAnswer } from './inline-features.ts'

/** What is done together with signing in needs this. */
export interface ActivationParts {
  readonly host: Host
  readonly devices: Devices
  readonly tokens: DeviceTokens
  readonly secret: Uint8Array
  readonly crypto: SaslCrypto
  readonly randomBytes: (length: number) => Uint8Array
  /** @param prepare called as soon as the session can be reached, before anything can be sent to it */
  bind(
    account: Jid,
    resource: string,
    stream: ClientStream,
    prepare: (session: ClientSession) => void,
  ): Bound | Promise<Bound>
  readonly management: InlineManagement
  /** The sessions of an account that have bound a resource. */
  sessions(account: Jid): readonly ClientSession[]
  endSession(session: ClientSession, error: StreamError): void
}

type Bound = ClientSession | StanzaError

/** A session that begins, or goes on. */
interface Begun {
  readonly session?: ClientSession | undefined
  readonly results: readonly Element[]
  readonly begin?: (() => void) | undefined
  readonly negotiated?: readonly string[]
}

const REPLACED = new StreamError('conflict', 'a newer session of the same client took its place')
const REVOKED = new StreamError('not-authorized', 'the access of this device was revoked meanwhile')
const NOTHING: readonly Element[] = []

const resumedBy = (answer: ManagementAnswer): Begun => ({
  session: answer.session,
  results: [answer.element],
  begin: () => answer.begin(),
})

/** How the client has proven who it is. */
export interface Proof {
  readonly method: SignInMethod
  readonly token?: DeviceToken | undefined
  /** The epoch of the devices when the client began to. */
  readonly since: number
}

/** Who signs in. */
interface Arrival extends Proof {
  readonly account: Jid
  readonly request: AuthenticationRequest
  readonly stream: ClientStream
  readonly userAgent: UserAgent | undefined
  /** By which the user agent is known here; `undefined`: it has no id. */
  readonly device: string | undefined
}

/** Does what a client has asked for together with authentication, in the order that XEP-0386 §3.2 gives. */
export class Activation {
  readonly #parts: ActivationParts
  /** The device that has signed in, and has no session yet. */
  #arrived: { readonly device: string; readonly since: number } | undefined

  constructor(parts: ActivationParts) {
    this.#parts = parts
  }

  /** @param offered mechanisms that tokens may be had for */
  run(
    account: Jid,
    request: AuthenticationRequest,
    { method, token, since }: Proof,
    stream: ClientStream,
    offered: readonly TokenMechanismName[],
  ): MaybePromise<SignedIn> {
    const { userAgent } = request
    return andThen(userAgent?.id ? this.#parts.devices.keyOf(userAgent.id) : undefined, (device) => {
      const arrival: Arrival = { method, token, since, account, request, stream, userAgent, device }
      return andThen(this.#exchangeTokens(arrival, offered), (tokens) =>
        andThen(this.#resume(arrival), (resumption) => this.#enter(arrival, tokens, resumption)),
      )
    })
  }

  /** Who signed in without a session has one now: it is that of the device, unless that was revoked meanwhile. */
  entered(session: ClientSession): void {
    if (!this.#arrived) return
    const { device, since } = this.#arrived
    const { devices, endSession } = this.#parts
    if (devices.isDeviceRevoked(session.jid, device, since)) endSession(session, REVOKED)
    else devices.attach(session, device)
  }

  #enter(
    arrival: Arrival,
    tokens: readonly Element[],
    resumption: ManagementAnswer | undefined,
  ): MaybePromise<SignedIn> {
    if (resumption?.session) return this.#signedIn(arrival, resumedBy(resumption), tokens, true)
    const refusal = resumption ? [resumption.element] : []
    return this.#bind(arrival).then((begun) => {
      const results = [...refusal, ...begun.results]
      return this.#signedIn(arrival, { ...begun, results }, tokens, false)
    })
  }

  #signedIn(arrival: Arrival, begun: Begun, tokens: readonly Element[], resumed: boolean): SignedIn {
    const { session, results, begin, negotiated } = begun
    const { account, device, since } = arrival
    if (device !== undefined && this.#parts.devices.isDeviceRevoked(account, device, since)) {
      if (session) this.#parts.endSession(session, REVOKED)
      throw REVOKED
    }
    this.#arrived = device === undefined || session ? undefined : { device, since }
    this.#remember(arrival, session)
    return { session, resumed, results: [...results, ...tokens], negotiated, written: begin }
  }

  /** XEP-0386 §3.2: "that MUST be processed first by the server". */
  #resume({ account, request, stream }: Arrival): MaybePromise<ManagementAnswer | undefined> {
    const asked = request.inline.find((element) => element.is('resume', SM_NAMESPACE))
    return asked && this.#parts.management.resume(account, asked, stream)
  }

  /** What cannot be bound here is not: the client may still try RFC 6120 §7, which says why. */
  async #bind(arrival: Arrival): Promise<Begun> {
    const { account, request, stream, userAgent, device } = arrival
    const asked = findBind2(request.inline)
    if (!asked) return { results: [] }
    const resource = await resourceFor({ ...this.#parts, account, request: asked, userAgent })
    if (device !== undefined) this.#replaceOlder(account, device)
    let managed: ManagementAnswer | undefined | Promise<ManagementAnswer>
    const session = await this.#parts.bind(account, resource, stream, (made) => {
      // Before what has to outlive a restart is stored.
      if (device !== undefined) this.#parts.devices.attach(made, device)
      managed = this.#manage(made, asked)
    })
    if (session instanceof StanzaError) return { results: [] }
    try {
      const answer = await managed
      const before = answer ? [answer.element] : []
      const result = await bound(session, asked, this.#parts.host.bindFeatures.values(), before)
      const negotiated = answer?.element.name === 'enabled' ? [SM_NAMESPACE] : []
      return { session, results: [result], negotiated, begin: answer && (() => answer.begin()) }
    } catch (error) {
      // The stream ends without having heard of it: nobody else would end it.
      session.closed('error', stream)
      throw error
    }
  }

  #manage(session: ClientSession, request: Element): ManagementAnswer | undefined | Promise<ManagementAnswer> {
    const asked = request.child('enable', SM_NAMESPACE)
    return asked && this.#parts.management.enable(session, asked)
  }

  /** XEP-0386 §3.2: "the server SHOULD terminate any earlier sessions from the same client". */
  #replaceOlder(account: Jid, device: string): void {
    const { devices, sessions, endSession } = this.#parts
    const older = sessions(account).filter((session) => devices.ofSession(session) === device)
    for (const session of older) endSession(session, REPLACED)
  }

  /** A token that was used, asked for, or is due. What is given out is stored before. */
  #exchangeTokens(arrival: Arrival, offered: readonly TokenMechanismName[]): MaybePromise<readonly Element[]> {
    const { account, request, device, token, since } = arrival
    if (device === undefined) return NOTHING
    const { tokens } = this.#parts
    const { invalidates, wanted } = readFastRequest(request.inline)
    const rotated = token && !invalidates && tokens.isDue(token) ? token.record.mechanism : undefined
    const mechanism = wanted !== undefined && offered.includes(wanted) ? wanted : rotated
    const used =
      token && (invalidates ? tokens.invalidate(account, device) : tokens.used(account, device, token, since))
    return andThen(used, () => (mechanism === undefined ? NOTHING : this.#issue(account, device, mechanism, since)))
  }

  async #issue(
    account: Jid,
    device: string,
    mechanism: TokenMechanismName,
    since: number,
  ): Promise<readonly Element[]> {
    return [tokenElement(await this.#parts.tokens.issue(account, device, mechanism, since))]
  }

  #remember({ account, device, userAgent, method }: Arrival, session: ClientSession | undefined): void {
    if (device === undefined || !userAgent) return
    const { devices } = this.#parts
    if (session) devices.attach(session, device)
    devices.seen(account, device, userAgent, method)
  }
}
