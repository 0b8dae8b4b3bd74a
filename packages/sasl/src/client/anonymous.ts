import { type BeginOneMessage, onlyMessage } from './one-message.ts'

/** No trace information is given (XEP-0175 §3). */
export const beginAnonymous: BeginOneMessage = () => onlyMessage('')
