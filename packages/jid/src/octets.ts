import { JidError, type JidPart } from './jid-error.ts'

/** RFC 7622 §3.2, §3.3, §3.4: the octets of UTF-8 that a part may have, after preparation. */
export const MAX_PART_OCTETS = 1023

/**
 * UTF-16 units beyond which a part is refused before any work on it. Preparation composes at most four code points
 * into one, so nothing longer than this can come out within {@link MAX_PART_OCTETS}.
 */
const MAX_UNPREPARED_LENGTH = 4 * MAX_PART_OCTETS

/** The octets that well-formed text takes in UTF-8. */
function octetLength(text: string): number {
  let octets = text.length
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    // Each half of a surrogate pair counts two of its four octets.
    if (code >= 0x80) octets += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2
  }
  return octets
}

/** Refuses a part that is empty or longer than 1023 octets. */
export function checkOctets(text: string, part: JidPart): string {
  if (text === '') throw new JidError('empty', part, 'is empty')
  if (text.length > MAX_PART_OCTETS || (text.length * 3 > MAX_PART_OCTETS && octetLength(text) > MAX_PART_OCTETS)) {
    throw new JidError('too-long', part, `is longer than ${MAX_PART_OCTETS} octets`)
  }
  return text
}

/** Refuses, before preparation, what no preparation can mend: emptiness, absurd length, lone surrogates. */
export function checkUnprepared(text: string, part: JidPart): void {
  if (text === '') throw new JidError('empty', part, 'is empty')
  if (text.length > MAX_UNPREPARED_LENGTH) {
    throw new JidError('too-long', part, `is longer than ${MAX_PART_OCTETS} octets`)
  }
  if (!text.isWellFormed()) throw new JidError('ill-formed', part, 'contains a lone surrogate')
}
