import { type BeginOneMessage, onlyMessage } from './one-message.ts'

/** [authzid] NUL authcid NUL passwd (RFC 4616 §2). */
export const beginPlain: BeginOneMessage = ({ authorizationId = '', username, password }) =>
  onlyMessage(`${authorizationId}\0${username}\0${password}`)
