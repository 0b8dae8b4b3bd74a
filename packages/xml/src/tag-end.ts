import { XmlError } from './errors.ts'

const NEXT_IN_TAG = /[<>'"]/g

/**
 * Looks for the end of a tag in a piece of it.
 *
 * @param quote code of the quote that is open where the piece begins, 0 for none
 * @returns the quote that is open at the end of the piece, or -1 when the tag ends in it
 * @throws {XmlError} `not-well-formed` for `<` in a tag
 */
export function tagContinues(piece: string, start: number, quote: number): number {
  let open = quote
  let index = start
  for (;;) {
    if (open !== 0) {
      const close = piece.indexOf(open === 0x27 ? "'" : '"', index)
      if (close === -1) return open
      open = 0
      index = close + 1
    }
    NEXT_IN_TAG.lastIndex = index
    const match = NEXT_IN_TAG.exec(piece)
    if (match === null) return 0
    const code = piece.charCodeAt(match.index)
    if (code === 0x3e) return -1
    if (code === 0x3c) throw new XmlError('not-well-formed', 'a tag inside a tag')
    open = code
    index = match.index + 1
  }
}
