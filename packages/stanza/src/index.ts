export {
  type IqFields,
  iq,
  type MessageFields,
  message,
  type PresenceFields,
  presence,
  type StanzaFields,
} from './build.ts'
export {
  isStanzaErrorCondition,
  isStanzaErrorType,
  type StanzaErrorCondition,
  type StanzaErrorType,
} from './conditions.ts'
export { Iq, type IqType } from './iq.ts'
export { Message, type MessageType } from './message.ts'
export { CLIENT_NAMESPACE, SERVER_NAMESPACE, STANZAS_ERROR_NAMESPACE } from './namespaces.ts'
export { Presence, type PresenceType, type Show } from './presence.ts'
export { isStanza, readStanza, type Stanza } from './read.ts'
export { errorReply, resultReply } from './reply.ts'
export { StanzaError, type StanzaErrorOptions } from './stanza-error.ts'
