export { type Choice, chooseMechanism } from './client/choose.ts'
export { createSaslClient, type SaslClient } from './client/client.ts'
export { createInitiatorExchange, type InitiatorExchange, type InitiatorOutcome } from './client/exchange.ts'
export type { SaslClientOptions } from './client/options.ts'
export type { SaslReply, SaslResult, SaslStart } from './client/outcome.ts'
export { SaltedPasswordCache } from './client/salted-password-cache.ts'
export { isSaslCondition, SASL_CONDITIONS, type SaslCondition } from './conditions.ts'
export { HASH_LENGTHS, type HashName, type SaslCrypto } from './crypto.ts'
export type { MaybePromise } from './maybe-promise.ts'
export {
  CHANNEL_BINDING_TYPES,
  type ChannelBindings,
  type ChannelBindingType,
  isMechanismName,
  MECHANISM_NAMES,
  type MechanismName,
} from './mechanism.ts'
export { preparePassword, prepareUsername } from './preparation.ts'
export { SASL_ERROR_CODES, SaslError, type SaslErrorCode } from './sasl-error.ts'
export * from './sasl2/index.ts'
export {
  credentialsOfSaltedPassword,
  type DeriveOptions,
  deriveScramCredentials,
  MINIMUM_ITERATIONS,
  parseScramCredentials,
  type ScramCredentials,
  serializeScramCredentials,
  verifyPlain,
} from './scram/credentials.ts'
export type { SaslOffer } from './scram/downgrade-protection.ts'
export type { ChannelBindingFlag } from './scram/gs2-header.ts'
export {
  createReceiverExchange,
  type ReceiverExchange,
  type ReceiverExchangeOptions,
  type ReceiverOutcome,
} from './server/exchange.ts'
export type { CredentialsPort, SaslServerOptions, StoredCredentials } from './server/options.ts'
export type { SaslChallenge, SaslFailure, SaslOutcome, SaslSuccess } from './server/outcome.ts'
export { createSaslServer, type SaslServer } from './server/server.ts'
export * from './token/index.ts'
export { webCrypto } from './web-crypto.ts'
export { CHANNEL_BINDING_NAMESPACE, channelBindingsElement, readChannelBindings } from './wire/channel-bindings.ts'
export {
  abortElement,
  authElement,
  challengeElement,
  failureElement,
  isSaslElement,
  MAXIMUM_MESSAGE_CHARACTERS,
  type MessageFault,
  readFailure,
  readMessage,
  responseElement,
  SASL_NAMESPACE,
  successElement,
} from './wire/elements.ts'
export { mechanismsElement, readMechanisms } from './wire/mechanisms.ts'
