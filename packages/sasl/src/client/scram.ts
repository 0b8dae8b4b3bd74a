import { encodeBase64 } from '../base64.ts'
import { concatBytes, decodeText, encodeText, equalBytes, xorBytes } from '../bytes.ts'
import type { HashName } from '../crypto.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import { SaslError } from '../sasl-error.ts'
import { hashOffer, OFFER_HASH_ATTRIBUTE, TLS_VERSION_ATTRIBUTE } from '../scram/downgrade-protection.ts'
import { type ChannelBindingFlag, writeGs2Header } from '../scram/gs2-header.ts'
import { authMessageOf, clientKeyOf, serverKeyOf } from '../scram/keys.ts'
import {
  parseServerFinal,
  parseServerFirst,
  type ServerFirst,
  writeClientFinal,
  writeClientFinalWithoutProof,
  writeClientFirstBare,
} from '../scram/messages.ts'
import type { ClientBeginning, ClientContext, ClientStep } from './context.ts'
import type { AwaitingSuccess } from './one-message.ts'

/** 144 bits of randomness: 24 characters. */
const NONCE_OCTETS = 18

/** Waits for server-first-message. */
export interface AwaitingServerFirst {
  readonly waitsFor: 'scram-server-first'
  readonly hash: HashName
  /** cbind-input (RFC 5802 §7): the header and the channel's data. */
  readonly channelBinding: Uint8Array
  readonly clientFirstBare: string
  readonly nonce: string
}

/** Waits for server-final-message, in a challenge or with the success. */
export interface AwaitingServerFinal {
  readonly waitsFor: 'scram-server-final'
  readonly serverSignature: Uint8Array
}

/** What the choice of mechanism has settled. */
export interface ScramBeginning {
  readonly hash: HashName
  readonly flag: ChannelBindingFlag
  readonly binding: Uint8Array | undefined
}

/** client-first-message. */
export function beginScram(chosen: ScramBeginning, context: ClientContext): ClientBeginning<AwaitingServerFirst> {
  const header = writeGs2Header(chosen.flag, context.authorizationId)
  const nonce = encodeBase64(context.randomBytes(NONCE_OCTETS))
  const clientFirstBare = writeClientFirstBare(context.username, nonce)
  const octets = encodeText(header)
  const channelBinding = chosen.binding ? concatBytes(octets, chosen.binding) : octets
  return {
    state: { waitsFor: 'scram-server-first', hash: chosen.hash, channelBinding, clientFirstBare, nonce },
    response: encodeText(header + clientFirstBare),
  }
}

const malformed = (message: string): { error: SaslError } => ({
  error: new SaslError('malformed-challenge', { message }),
})

/** Checks nonce and iteration count, then answers with the proof. */
export function stepServerFirst(
  state: AwaitingServerFirst,
  challenge: Uint8Array,
  context: ClientContext,
): MaybePromise<ClientStep<AwaitingServerFinal>> {
  const text = decodeText(challenge)
  const first = text === undefined ? 'invalid-encoding' : parseServerFirst(text)
  if (typeof first === 'string') return malformed(`server-first-message: ${first}`)
  const error = refuse(state, first, context)
  if (error) return { error }
  return andThen(judgeProtection(state.hash, first, context), (downgrade) =>
    downgrade
      ? { error: downgrade }
      : andThen(saltPassword(state.hash, first, context), (saltedPassword) =>
          prove(state, first, text as string, saltedPassword, context),
        ),
  )
}

const attributeOf = (first: ServerFirst, name: string): string | undefined =>
  first.extensions.find((extension) => extension[0] === name)?.[1]

/** "If the hashes do not match, the client MUST fail the authentication" (XEP-0474 §6.2); likewise XEP-0515 §4.2. */
function judgeProtection(
  hash: HashName,
  first: ServerFirst,
  context: ClientContext,
): MaybePromise<SaslError | undefined> {
  const version = attributeOf(first, TLS_VERSION_ATTRIBUTE)
  if (version !== undefined && context.tlsVersion !== undefined && version !== context.tlsVersion) {
    return downgrade('the server speaks another version of TLS than this client (XEP-0515)')
  }
  const signed = attributeOf(first, OFFER_HASH_ATTRIBUTE)
  if (signed === undefined) {
    return context.mustSignOffer
      ? downgrade('no announced channel-binding type is known, and no offer is signed')
      : undefined
  }
  return andThen(hashOffer(context.offer, hash, context.crypto), (expected) =>
    expected === signed ? undefined : downgrade('the server offered something else than what arrived (XEP-0474)'),
  )
}

const downgrade = (message: string): SaslError => new SaslError('channel-binding-downgrade', { message })

/** Why not to go on; before any costly derivation. */
function refuse(state: AwaitingServerFirst, first: ServerFirst, context: ClientContext): SaslError | undefined {
  if (!first.nonce.startsWith(state.nonce) || first.nonce.length === state.nonce.length) {
    return new SaslError('nonce-mismatch')
  }
  if (first.iterations < context.minimumIterations || first.iterations > context.maximumIterations) {
    return new SaslError('iteration-count-out-of-bounds', { message: `iteration count ${first.iterations}` })
  }
  return undefined
}

function saltPassword(hash: HashName, first: ServerFirst, context: ClientContext): MaybePromise<Uint8Array> {
  const { salt, iterations } = first
  const { password, saltedPasswords } = context
  const known = saltedPasswords?.get(hash, password, salt, iterations)
  if (known) return known
  return andThen(context.crypto.pbkdf2(hash, encodeText(password), salt, iterations), (saltedPassword) => {
    saltedPasswords?.set(hash, password, salt, iterations, saltedPassword)
    return saltedPassword
  })
}

/** ClientProof := ClientKey XOR HMAC(StoredKey, AuthMessage) (RFC 5802 §3). */
function prove(
  state: AwaitingServerFirst,
  first: ServerFirst,
  serverFirst: string,
  saltedPassword: Uint8Array,
  { crypto }: ClientContext,
): MaybePromise<ClientStep<AwaitingServerFinal>> {
  const { hash } = state
  const withoutProof = writeClientFinalWithoutProof(state.channelBinding, first.nonce)
  const authMessage = authMessageOf(state.clientFirstBare, serverFirst, withoutProof)
  const signed = (key: Uint8Array) => crypto.hmac(hash, key, authMessage)
  return andThen(clientKeyOf(crypto, hash, saltedPassword), (clientKey) =>
    andThen(andThen(crypto.digest(hash, clientKey), signed), (clientSignature) =>
      andThen(andThen(serverKeyOf(crypto, hash, saltedPassword), signed), (serverSignature) => ({
        state: { waitsFor: 'scram-server-final', serverSignature },
        response: encodeText(writeClientFinal(withoutProof, xorBytes(clientKey, clientSignature))),
      })),
    ),
  )
}

/** Verifies that the server knows the password too. */
export function stepServerFinal(state: AwaitingServerFinal, message: Uint8Array): ClientStep<AwaitingSuccess> {
  const text = decodeText(message)
  const final = text === undefined ? 'invalid-encoding' : parseServerFinal(text)
  if (typeof final === 'string') return malformed(`server-final-message: ${final}`)
  if ('error' in final) {
    return { error: new SaslError('failure', { condition: 'not-authorized', text: final.error }) }
  }
  if (!equalBytes(final.signature, state.serverSignature)) return { error: new SaslError('server-not-authenticated') }
  return { state: { waitsFor: 'success' }, response: new Uint8Array(0) }
}
