import type { Jid } from '@parlour/jid'
import {
  type AuthenticationOffer,
  type AuthenticationRequest,
  readUpgradeRequests,
  type SaslFailure,
  type SaslOutcome,
  type SaslServer,
} from '@parlour/sasl'
import { SM_NAMESPACE } from '@parlour/stream-management'
import type { Sasl2Outcome, TaskOutcome } from '@parlour/stream-negotiation'
import { type Element, el } from '@parlour/xml'
import type { BoundedCache } from '../bounded-cache.ts'
import type { ClientSession } from '../client-session.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import { accountOf } from '../stream/authentication.ts'
import type { ClientStream } from '../stream/kernel-port.ts'
import type { RemainingTasks, SignedIn, SignIn } from '../stream/sign-in.ts'
import { Activation, type ActivationParts, type Proof } from './activation.ts'
import { bind2Feature } from './bind2.ts'
import { fastFeature, readFastRequest } from './fast.ts'
import type { TokenSignIn } from './token-sign-in.ts'
import { Upgrades, type UpgradesParts } from './upgrades.ts'

/** Sessions can be resumed inline (XEP-0198 §9.2). */
const SM_INLINE = el('sm', SM_NAMESPACE)
const NO_TASKS: RemainingTasks = { names: [] }

/** What signing in by SASL2 needs of the host. */
export interface ClientSignInParts extends ActivationParts, UpgradesParts {
  /** What was offered to others: most streams are offered the same. */
  readonly offers: BoundedCache<AuthenticationOffer>
}

/** One stream of a client that signs in by SASL2 (XEP-0388), with what it may have at the same time. */
export class ClientSignIn implements SignIn {
  readonly #parts: ClientSignInParts
  readonly #server: SaslServer
  readonly #tokens: TokenSignIn
  readonly #upgrades: Upgrades
  readonly #activation: Activation
  #proof: Proof | undefined
  /** The epoch of the devices when this attempt began. */
  #since = 0

  constructor(parts: ClientSignInParts, server: SaslServer, tokens: TokenSignIn) {
    this.#parts = parts
    this.#server = server
    this.#tokens = tokens
    this.#upgrades = new Upgrades(parts)
    this.#activation = new Activation(parts)
  }

  get offer(): AuthenticationOffer {
    const { host, offers } = this.#parts
    const upgrades = this.#upgrades.offered(host.domain)
    const names = [this.#server.mechanisms, this.#tokens.mechanisms, upgrades, [...host.bindFeatures.keys()]]
    return offers.getOr(names.join(' '), () => this.#makeOffer(upgrades))
  }

  #makeOffer(upgrades: readonly string[]): AuthenticationOffer {
    const inline = [SM_INLINE, bind2Feature(this.#parts.host.bindFeatures.values())]
    if (this.#tokens.mechanisms.length > 0) inline.push(fastFeature(this.#tokens.mechanisms))
    return { mechanisms: this.#server.mechanisms, inline, upgrades }
  }

  begin(request: AuthenticationRequest): Sasl2Outcome | Promise<Sasl2Outcome> {
    this.#proof = undefined
    this.#since = this.#parts.devices.epoch
    if (readFastRequest(request.inline).isToken) return this.#takeToken(request)
    return this.#conclude(this.#server.start(request.mechanism, request.initialResponse))
  }

  respond(message: Uint8Array): Sasl2Outcome | Promise<Sasl2Outcome> {
    return this.#conclude(this.#server.respond(message))
  }

  abort(): void {
    this.#server.abort()
    this.#proof = undefined
  }

  /** Nothing is asked of a device with a token (XEP-0484 §4.2), nor of who has shown no password. */
  tasks(account: Jid, request: AuthenticationRequest): MaybePromise<RemainingTasks> {
    if (this.#proof?.method !== 'password') return NO_TASKS
    const next = this.#upgrades.next(account, readUpgradeRequests(request))
    return next.then((task) => (task === undefined ? NO_TASKS : { names: [task] }))
  }

  perform(_account: Jid, task: string, isFirst: boolean, content: readonly Element[]): Promise<TaskOutcome> {
    return this.#upgrades.perform(task, isFirst, content)
  }

  activate(account: Jid, request: AuthenticationRequest, stream: ClientStream): MaybePromise<SignedIn> {
    if (!this.#proof) throw new Error('nobody has signed in')
    return this.#activation.run(account, request, this.#proof, stream, this.#tokens.mechanisms)
  }

  entered({ jid }: Pick<ClientSession, 'jid'>): void {
    const session = this.#parts.sessions(jid).find((each) => each.jid.equals(jid))
    if (session) this.#activation.entered(session)
  }

  #takeToken(request: AuthenticationRequest): MaybePromise<Sasl2Outcome> {
    return andThen(this.#tokens.authenticate(request), (outcome) =>
      outcome.type === 'failure'
        ? refusal(outcome)
        : this.#prove(outcome, { method: 'token', token: outcome.token, since: this.#since }),
    )
  }

  #conclude(outcome: MaybePromise<SaslOutcome>): MaybePromise<Sasl2Outcome> {
    return andThen(outcome, (settled) => {
      if (settled.type === 'challenge') return settled
      if (settled.type === 'failure') return refusal(settled)
      const method = settled.mechanism === 'EXTERNAL' ? 'certificate' : 'password'
      return this.#prove(settled, { method, since: this.#since })
    })
  }

  #prove(
    { identity, authorizationId, data }: { identity: string; authorizationId?: string; data?: Uint8Array },
    proof: Proof,
  ): Sasl2Outcome {
    const account = accountOf(identity, this.#parts.host.domain)
    const isRevoked = account && proof.method === 'password' && this.#parts.devices.isRevoked(account, proof.since)
    if (!account || isRevoked) return { type: 'failure', condition: 'not-authorized' }
    this.#proof = proof
    return { type: 'success', account, authorizationId, data }
  }
}

/** What the client may know of a refusal. */
const refusal = ({ condition, text }: SaslFailure): Sasl2Outcome => ({ type: 'failure', condition, text })
