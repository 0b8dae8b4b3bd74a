import { type Jid, parseJid } from '@parlour/jid'
import {
  type ChannelBindings,
  type ChannelBindingType,
  type CredentialsPort,
  createSaslServer,
  type HashName,
  type MechanismName,
  type SaslCrypto,
  type SaslOutcome,
  type SaslServer,
  type StoredCredentials,
} from '@parlour/sasl'
import { CLIENT_NAMESPACE, errorReply, readStanza, resultReply, StanzaError } from '@parlour/stanza'
import { SM_FEATURE, SM_NAMESPACE } from '@parlour/stream-management'
import type { TlsSecurity } from '@parlour/transport'
import { type Element, serialize } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { HASHES } from './account-record.ts'
import type { Account, Accounts } from './accounts.ts'
import type { BeforeAuthentication, FeatureContext, FeatureStage, Host } from './host.ts'
import type { SignIns } from './sign-in/sign-ins.ts'
import { type SignInThrottle, ThrottledAttempts } from './sign-in-throttle.ts'
import type { AuthenticationContext, ClientSession, ClientStream, StreamHost } from './stream/kernel-port.ts'
import { usesBindings } from './stream/offered-elements.ts'
import type { SignIn } from './stream/sign-in.ts'
import type { StreamManagementAnswer } from './stream-management/answer.ts'
import type { StreamManagement } from './stream-management/stream-management.ts'

/** How a host's clients authenticate. */
export interface AuthenticationOptions {
  readonly mechanisms: readonly MechanismName[]
  /** PBKDF2 rounds of new verifiers. */
  readonly iterations: number
  readonly crypto: SaslCrypto
  /** Makes salts for users that do not exist; the same for the life of the database (RFC 6120 §13.11). */
  readonly secret: Uint8Array
  readonly randomBytes: (length: number) => Uint8Array
}

/** A sign-in that was refused. */
export interface FailedSignIn {
  readonly remoteAddress: string
  /** The account that was tried, where there is such an account. */
  readonly account: string | undefined
  /** For logs. */
  readonly reason: string
}

/** What {@link HostStreams} needs besides the host. */
export interface HostStreamsOptions extends AuthenticationOptions {
  readonly throttle: SignInThrottle
  readonly bind: Bind
  readonly streamManagement: Pick<StreamManagement, 'resume'>
  /** How clients sign in by SASL2; without it, that is not offered. */
  readonly signIns?: SignIns
  failed(failure: FailedSignIn): void
}

type Bind = (
  host: Host,
  account: Jid,
  resource: string | undefined,
  stream: ClientStream,
) => ClientSession | StanzaError | Promise<ClientSession | StanzaError>

/** What is offered to the kinds of connections, as long as the hashes that can be used are these. */
interface Offers {
  readonly usable: readonly HashName[] | undefined
  readonly byKind: Map<string, SaslServer['mechanisms']>
}

/** A host as the stream driver sees it: who may sign in, what is offered, how a resource is bound. */
export class HostStreams implements StreamHost {
  readonly domain: string
  readonly #host: Host
  readonly #accounts: Accounts
  readonly #options: HostStreamsOptions
  #offers: Offers = { usable: undefined, byKind: new Map() }

  constructor(host: Host, accounts: Accounts, options: HostStreamsOptions) {
    this.domain = host.domain
    this.#host = host
    this.#accounts = accounts
    this.#options = options
  }

  get signIn(): StreamHost['signIn'] {
    return this.#options.signIns && this.#signIn
  }

  readonly #signIn = (context: AuthenticationContext, server: SaslServer): SignIn =>
    (this.#options.signIns as SignIns).create(
      server,
      { ...context, channelBindings: channelBindingsOf(context) },
      this.#attempts(context),
    )

  #attempts({ remoteAddress }: AuthenticationContext): ThrottledAttempts {
    const told = (outcome: SaslOutcome, account?: string) => this.#tell(outcome, account, remoteAddress)
    return new ThrottledAttempts(this.#options.throttle, remoteAddress, told)
  }

  saslServer(context: AuthenticationContext): SaslServer {
    const attempts = this.#attempts(context)
    const lookUp = (username: string, hash: HashName) =>
      attempts.lookUp(`${username}@${this.domain}`, () => this.#lookUp(username, hash))
    const offered = this.#offered(context)
    return attempts.watch(offered, () => this.#createServer(context, offered, lookUp))
  }

  /** The same array for connections of the same kind, as long as nothing else is offered. */
  #offered(context: AuthenticationContext): SaslServer['mechanisms'] {
    const usable = this.#accounts.usableHashes(this.domain)
    if (this.#offers.usable !== usable) this.#offers = { usable, byKind: new Map() }
    const { byKind } = this.#offers
    const kind = `${context.tls} ${context.security !== undefined}`
    const known = byKind.get(kind)
    if (known) return known
    const { mechanisms } = this.#createServer(context, this.#mechanisms(), () => undefined)
    byKind.set(kind, mechanisms)
    return mechanisms
  }

  /** @param mechanisms as the client was told, or will be: it may compare (XEP-0474) */
  #createServer(
    context: AuthenticationContext,
    mechanisms: readonly MechanismName[],
    lookUp: CredentialsPort['lookUp'],
  ): SaslServer {
    return createSaslServer({
      ...this.#options,
      mechanisms,
      domain: this.domain,
      tls: context.tls,
      channelBindings: channelBindingsOf(context),
      downgradeProtection: true,
      announcedChannelBindings: usesBindings(mechanisms) && context.bindings.length > 0 ? context.bindings : undefined,
      tlsVersion: context.security?.protocol,
      credentials: { lookUp },
    })
  }

  features(stage: FeatureStage, secure: boolean, stream: FeatureContext): readonly Element[] {
    if (stage === 'unauthenticated') return secure ? this.#host.features(stage, stream) : []
    return [SM_FEATURE, ...this.#host.features(stage, stream)]
  }

  /** Only where a module takes such requests; elsewhere they end the stream (RFC 6120 §4.9.3.12). */
  get beforeAuthentication(): StreamHost['beforeAuthentication'] {
    return this.#host.beforeAuthentication.size > 0 ? this.#answer : undefined
  }

  /** RFC 6120 §4.3.5: "MUST NOT accept such stanzas and MUST close the stream"; but those that a module takes. */
  readonly #answer = (element: Element, stream: ClientStream): void => {
    const handler = this.#host.beforeAuthentication.get(element.elements()[0]?.namespace ?? '')
    if (handler) void answerBeforeAuthentication(handler, element, stream).then((reply) => stream.send(reply))
    else stream.close(new StreamError('not-authorized', 'sign in first'))
  }

  readonly negotiationNamespaces: ReadonlySet<string> = new Set([SM_NAMESPACE])

  /** `<resume/>`, which comes instead of resource binding (XEP-0198 §5). */
  negotiate(account: Jid, element: Element, stream: ClientStream) {
    const write = ({ element: answer, session, begin }: StreamManagementAnswer): ClientSession | undefined => {
      stream.send(serialize(answer))
      begin()
      return session
    }
    const answer = this.#options.streamManagement.resume(account, element, stream)
    return answer instanceof Promise ? answer.then(write) : write(answer)
  }

  bind(account: Jid, requestedResource: string | undefined, stream: ClientStream) {
    return this.#options.bind(this.#host, account, requestedResource, stream)
  }

  /** An imported account may have verifiers for some hashes only, and what it cannot use must not be chosen. */
  #mechanisms(): readonly MechanismName[] {
    const usable = this.#accounts.usableHashes(this.domain)
    const isUsable = (name: MechanismName) => !name.startsWith('SCRAM-') || usable.some((hash) => isWith(name, hash))
    return this.#options.mechanisms.filter(isUsable)
  }

  /** A hash whose mechanism is not offered is asked for by PLAIN alone, for which any will do. */
  #hashFor(account: Account | undefined, hash: HashName): HashName {
    if (account?.credentials(hash) || this.#accounts.usableHashes(this.domain).includes(hash)) return hash
    return HASHES.find((each) => account?.credentials(each)) ?? hash
  }

  /** What was typed as the name of an account that does not exist may be a password: it is not told. */
  #tell(outcome: SaslOutcome, account: string | undefined, remoteAddress: string): void {
    if (outcome.type !== 'failure') return
    const known = account !== undefined && this.#accounts.cached(parseJid(account)) ? account : undefined
    this.#options.failed({ remoteAddress, account: known, reason: outcome.reason ?? outcome.condition })
  }

  #lookUp(username: string, hash: HashName): StoredCredentials | undefined | Promise<StoredCredentials | undefined> {
    const account = this.#accounts.find(this.#host.accountJid(username))
    const find = (found: Account | undefined) => credentialsOf(found, this.#hashFor(found, hash))
    return account instanceof Promise ? account.then(find) : find(account)
  }
}

/** Never rejects: what a module throws, and the module's host logs, is answered as an error. @returns what to send, serialized */
async function answerBeforeAuthentication(
  handler: BeforeAuthentication,
  element: Element,
  stream: ClientStream,
): Promise<string> {
  try {
    const iq = readStanza(element)
    if (iq.kind !== 'iq') throw new StanzaError('bad-request')
    return serialize(resultReply(element, await handler(iq, stream)), CLIENT_NAMESPACE)
  } catch (error) {
    const stanzaError =
      error instanceof StanzaError ? error : new StanzaError('internal-server-error', undefined, { cause: error })
    return serialize(errorReply(element, stanzaError) as Element, CLIENT_NAMESPACE)
  }
}

const isWith = (mechanism: MechanismName, hash: HashName): boolean =>
  mechanism === `SCRAM-${hash}` || mechanism === `SCRAM-${hash}-PLUS`

function credentialsOf(account: Account | undefined, hash: HashName): StoredCredentials | undefined {
  const credentials = account?.credentials(hash)
  return credentials && account?.isDisabled
    ? { ...credentials, refusal: { condition: 'account-disabled' } }
    : credentials
}

type BindingSource = (security: TlsSecurity) => Uint8Array | undefined

/** RFC 9266 §2, RFC 5929 §4.1 and §3: what this end knows of the TLS channel. */
const BINDING_SOURCES: ReadonlyMap<ChannelBindingType, BindingSource> = new Map<ChannelBindingType, BindingSource>([
  ['tls-exporter', (security) => security.exporter('EXPORTER-Channel-Binding', 32)],
  ['tls-server-end-point', (security) => security.serverEndPoint()],
  // Not announced; see docs/decisions: clients that know no other type could not sign in with SCRAM at all.
  ['tls-unique', (security) => security.clientFinished()],
])

/** Computed when a client asks for one: most sign-ins need none. */
function channelBindingsOf({ security, channelOctets }: AuthenticationContext): ChannelBindings {
  const get = (type: ChannelBindingType) =>
    channelOctets?.get(type) ?? (security ? BINDING_SOURCES.get(type)?.(security) : undefined)
  return { size: security ? BINDING_SOURCES.size : 0, get }
}
