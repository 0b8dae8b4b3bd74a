import { type BeginOneMessage, onlyMessage } from './one-message.ts'

/** The authorization identity, empty when there is none (RFC 4422 Appendix A). */
export const beginExternal: BeginOneMessage = ({ authorizationId = '' }) => onlyMessage(authorizationId)
