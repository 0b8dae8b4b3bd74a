import { encodeBase64 } from '../base64.ts'
import { concatBytes, decodeText, encodeText, equalBytes, xorBytes } from '../bytes.ts'
import { HASH_LENGTHS } from '../crypto.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { ChannelBindingType, MechanismName, ScramVariant } from '../mechanism.ts'
import type { ScramExtensions, ScramFault } from '../scram/attributes.ts'
import { hashOffer, OFFER_HASH_ATTRIBUTE, TLS_VERSION_ATTRIBUTE } from '../scram/downgrade-protection.ts'
import type { Gs2Header } from '../scram/gs2-header.ts'
import { authMessageOf } from '../scram/keys.ts'
import {
  type ClientFinal,
  type ClientFirst,
  parseClientFinal,
  parseClientFirst,
  writeServerFinal,
  writeServerFirst,
} from '../scram/messages.ts'
import { authorizeIdentity } from './authorization.ts'
import type { ServerContext, ServerStep } from './context.ts'
import { failure, type SaslFailure, type SaslOutcome } from './outcome.ts'
import { lookUpOrImitate, type UsedCredentials } from './unknown-user.ts'

/** 144 bits of randomness: 24 characters. */
const NONCE_OCTETS = 18

/** Waits for client-first-message. */
export interface AwaitingClientFirst {
  readonly waitsFor: 'scram-client-first'
  readonly mechanism: MechanismName
  readonly variant: ScramVariant
}

/** Waits for client-final-message. */
export interface AwaitingClientFinal {
  readonly waitsFor: 'scram-client-final'
  readonly mechanism: MechanismName
  /** What `c=` must hold: the header and the channel's data. */
  readonly channelBinding: Uint8Array
  readonly clientFirst: ClientFirst
  readonly serverFirst: string
  readonly nonce: string
  /** Prepared; `undefined` where no user can have that name. */
  readonly username: string | undefined
  readonly used: UsedCredentials
}

type Step = ServerStep<AwaitingClientFinal>

const malformed = (fault: ScramFault): SaslFailure => failure('malformed-request', fault)

/** Checks the channel binding, then answers with the user's salt, or what looks like it. */
export function stepClientFirst(
  state: AwaitingClientFirst,
  message: Uint8Array,
  context: ServerContext,
): MaybePromise<Step> {
  const text = decodeText(message)
  const first = text === undefined ? 'invalid-encoding' : parseClientFirst(text)
  if (typeof first === 'string') return { output: malformed(first) }
  const channelBinding = bindingInput(first.header, state.variant, context)
  if (!(channelBinding instanceof Uint8Array)) return { output: channelBinding }
  const username = context.prepareUsername(first.username)
  return andThen(lookUpOrImitate(username, state.variant.hash, context), (used) =>
    andThen(protection(state.variant, context), (extensions) =>
      challenge(state, { first, channelBinding, username, used, extensions }, context),
    ),
  )
}

interface Begun {
  readonly first: ClientFirst
  readonly channelBinding: Uint8Array
  readonly username: string | undefined
  readonly used: UsedCredentials
  readonly extensions: ScramExtensions
}

/** What protects the offer and the version of TLS against changes on the way (XEP-0474 §6.1, XEP-0515 §4.1). */
function protection(
  { hash }: ScramVariant,
  { offer, tlsVersion, crypto }: ServerContext,
): MaybePromise<ScramExtensions> {
  const version: ScramExtensions = tlsVersion === undefined ? [] : [[TLS_VERSION_ATTRIBUTE, tlsVersion]]
  if (!offer) return version
  return andThen(hashOffer(offer, hash, crypto), (hashed) => [[OFFER_HASH_ATTRIBUTE, hashed], ...version])
}

function challenge(state: AwaitingClientFirst, begun: Begun, context: ServerContext): Step {
  const { first, channelBinding, username, used, extensions } = begun
  const nonce = first.nonce + encodeBase64(context.randomBytes(NONCE_OCTETS))
  const serverFirst = writeServerFirst(nonce, used.credentials.salt, used.credentials.iterations, extensions)
  return {
    state: {
      waitsFor: 'scram-client-final',
      mechanism: state.mechanism,
      channelBinding,
      clientFirst: first,
      serverFirst,
      nonce,
      username,
      used,
    },
    output: { type: 'challenge', data: encodeText(serverFirst) },
  }
}

/** What `c=` must hold (RFC 5802 §6), or why the client's flag is refused. */
function bindingInput(header: Gs2Header, variant: ScramVariant, context: ServerContext): Uint8Array | SaslFailure {
  const { flag, raw } = header
  if (typeof flag === 'string') {
    if (variant.plus) return failure('malformed-request', 'a -PLUS mechanism without channel binding')
    if (flag === 'y' && context.plusOffered) return failure('not-authorized', 'server-does-support-channel-binding')
    return encodeText(raw)
  }
  if (!variant.plus) return failure('malformed-request', 'channel binding without a -PLUS mechanism')
  const binding = context.channelBindings.get(flag.type as ChannelBindingType)
  return binding ? concatBytes(encodeText(raw), binding) : failure('not-authorized', 'unsupported-channel-binding-type')
}

/** Verifies nonce, channel binding and proof, and answers with the server's signature. */
export function stepClientFinal(
  state: AwaitingClientFinal,
  message: Uint8Array,
  context: ServerContext,
): MaybePromise<{ readonly output: SaslOutcome }> {
  const text = decodeText(message)
  const final = text === undefined ? 'invalid-encoding' : parseClientFinal(text)
  if (typeof final === 'string') return { output: malformed(final) }
  if (final.nonce !== state.nonce) return { output: failure('not-authorized', 'the nonce has changed') }
  if (!equalBytes(final.channelBinding, state.channelBinding)) {
    return { output: failure('not-authorized', 'channel-bindings-dont-match') }
  }
  if (final.proof.length !== HASH_LENGTHS[state.used.credentials.hash]) return { output: malformed('other-error') }
  return andThen(verify(state, final, context), (output) => ({ output }))
}

function verify(state: AwaitingClientFinal, final: ClientFinal, context: ServerContext): MaybePromise<SaslOutcome> {
  const { credentials, known } = state.used
  const { crypto } = context
  const authMessage = authMessageOf(state.clientFirst.bare, state.serverFirst, final.withoutProof)
  return andThen(crypto.hmac(credentials.hash, credentials.storedKey, authMessage), (signature) =>
    andThen(crypto.digest(credentials.hash, xorBytes(final.proof, signature)), (storedKey) =>
      equalBytes(storedKey, credentials.storedKey) && known
        ? succeed(state, authMessage, context)
        : failure('not-authorized', 'invalid-proof'),
    ),
  )
}

function succeed(
  state: AwaitingClientFinal,
  authMessage: Uint8Array,
  context: ServerContext,
): MaybePromise<SaslOutcome> {
  const { credentials } = state.used
  const { refusal } = credentials
  if (refusal) return failure(refusal.condition, undefined, refusal.text)
  const username = state.username as string
  return andThen(context.crypto.hmac(credentials.hash, credentials.serverKey, authMessage), (signature) =>
    authorizeIdentity(
      {
        mechanism: state.mechanism,
        identity: `${username}@${context.domain}`,
        username,
        authorizationId: state.clientFirst.header.authorizationId,
        data: encodeText(writeServerFinal(signature)),
      },
      context,
    ),
  )
}
