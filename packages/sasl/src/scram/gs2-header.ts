import { escapeSaslName, unescapeSaslName } from './attributes.ts'

/**
 * gs2-cbind-flag (RFC 5802 §7): `n` the client does not support channel binding, `y` it does but thinks that the
 * server does not, otherwise the name of the type that it requires.
 */
export type ChannelBindingFlag = 'n' | 'y' | { readonly type: string }

/** What stands before the client's first bare message. */
export interface Gs2Header {
  readonly flag: ChannelBindingFlag
  readonly authorizationId?: string
  /** The header as sent, with both commas: it comes back in `c=`. */
  readonly raw: string
}

const HEADER = /^(?:([ny])|p=([A-Za-z0-9.-]+)),(?:a=([^,\0]+))?,/

/** Reads the header at the start of a client's first message; `undefined` where there is none. */
export function parseGs2Header(text: string): Gs2Header | undefined {
  const match = HEADER.exec(text)
  if (!match) return undefined
  const [raw, letter, type, authzid] = match
  const flag = type === undefined ? (letter as 'n' | 'y') : { type }
  if (authzid === undefined) return { flag, raw }
  const authorizationId = unescapeSaslName(authzid)
  return authorizationId === undefined ? undefined : { flag, authorizationId, raw }
}

/** The header for a flag and an authorization identity. */
export function writeGs2Header(flag: ChannelBindingFlag, authorizationId?: string): string {
  const first = typeof flag === 'string' ? flag : `p=${flag.type}`
  return `${first},${authorizationId === undefined ? '' : `a=${escapeSaslName(authorizationId)}`},`
}
