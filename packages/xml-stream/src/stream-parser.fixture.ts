import { expect } from 'vitest'
import { eventsOf, everyFeeding } from '../test/events.ts'
import type { StreamParserOptions } from './index.ts'

export const STREAMS = "xmlns:stream='http://etherx.jabber.org/streams'"
export const OPEN = `<stream:stream xmlns='jabber:client' ${STREAMS}>`
export const HEADER = 'header {"namespace":"jabber:client"}'

/** Checks what a stream gives in every way it may arrive. */
export function check(input: string | Uint8Array, expected: string[], options: StreamParserOptions = {}) {
  for (const pieces of everyFeeding(input)) expect(eventsOf(pieces, options)).toEqual(expected)
}
export const inStream = (content: string, ...events: string[]) => check(OPEN + content, [HEADER, ...events])
export const refused = (content: string, condition: string) => inStream(content, `error ${condition}`)
export const bytes = (...values: number[]) => new Uint8Array(values)
