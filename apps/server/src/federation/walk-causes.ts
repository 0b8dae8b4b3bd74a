import type { FederationError } from '@parlour/server-core'
import type { WalkFacts } from './walk-duties.ts'

/** Codes and conditions of an error and of all that caused it, from the outside in. */
export function causesOf(error: unknown): string[] {
  const found: string[] = []
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const { code, condition } = at as { code?: unknown; condition?: unknown }
    for (const word of [code, condition]) if (typeof word === 'string') found.push(word)
  }
  return found
}

/** The codes of a TransportError in words for an operator. */
const TRANSPORT_WORDS: Readonly<Record<string, string>> = {
  refused: 'the connection is refused: nobody listens there',
  timeout: 'no answer',
  unreachable: 'the network knows no way there',
  reset: 'the connection was cut',
}

export function transportWords(error: unknown): string {
  const [code = ''] = causesOf(error)
  return TRANSPORT_WORDS[code] ?? (error instanceof Error ? error.message : String(error))
}

/** Why something came to nothing, as short as can be. */
export function reasonOf(error: FederationError, facts: WalkFacts): string {
  const { remote, target, addressCodes, hasAddress } = facts
  if (error.code === 'unreachable' && target) {
    const place = `${target.host} port ${target.port}`
    if (hasAddress === false) return `the host ${target.host} has no address`
    const words = [...new Set(addressCodes)].map((code) => TRANSPORT_WORDS[code] ?? code)
    if (words.length > 0) return `${place}: ${words.join('; ')}`
  }
  return error.message.replace(`no stream to ${remote}: `, '').replace(`${remote} was not found: `, '')
}
