import { StreamParser, type StreamParserOptions } from '@parlour/xml-stream'

export type Piece = string | Uint8Array

/** What a parser reports for these pieces, as text. */
export function eventsOf(pieces: readonly Piece[], options: StreamParserOptions = {}, end = false): string[] {
  const events: string[] = []
  const parser = new StreamParser(
    {
      header: (header) => events.push(`header ${JSON.stringify(header)}`),
      element: (element) => events.push(`element ${element}`),
      footer: () => events.push('footer'),
      error: (error) => events.push(`error ${error.condition}`),
    },
    options,
  )
  for (const piece of pieces) parser.write(piece)
  if (end) parser.end()
  return events
}

/** Pseudo-random numbers below `bound`, the same for the same seed. */
export function randomOf(seed: number): (bound: number) => number {
  let state = seed >>> 0
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 0x100000000) * bound)
  }
}

export function randomSplit<T extends Piece>(whole: T, random: (bound: number) => number, longest = 40): T[] {
  const pieces: T[] = []
  for (let index = 0; index < whole.length; ) {
    const end = index + 1 + random(longest)
    pieces.push(whole.slice(index, end) as T)
    index = end
  }
  return pieces
}

/** The same input in every way it may arrive: as text and octets, whole, unit by unit, and in random pieces. */
export function everyFeeding(input: string | Uint8Array): Piece[][] {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input
  const random = randomOf(bytes.length)
  const feedings: Piece[][] = [[bytes], randomSplit(bytes, () => 0)]
  for (let run = 0; run < 8; run++) feedings.push(randomSplit(bytes, random))
  if (typeof input !== 'string') return feedings
  feedings.push(
    [input],
    randomSplit(input, () => 0),
  )
  for (let run = 0; run < 4; run++) feedings.push(randomSplit(input, random))
  return feedings
}
