import { expect, test } from 'vitest'
import { eventsOf } from '../test/events.ts'
import { StreamParser } from './index.ts'
import { bytes, HEADER, OPEN } from './stream-parser.fixture.ts'

test('end(): a stream that is cut off is an error, one between stanzas is not', () => {
  expect(eventsOf([OPEN], {}, true)).toEqual([HEADER])
  expect(eventsOf([''], {}, true)).toEqual([])
  for (const rest of ['<', '<message', '<message>', '<message>&am', '<a><![CDATA[', '<a><![CDATA[]]']) {
    expect(eventsOf([OPEN, rest], {}, true)).toEqual([HEADER, 'error not-well-formed'])
  }
  expect(eventsOf([OPEN, bytes(0xe2)], {}, true)).toEqual([HEADER, 'error not-well-formed'])
  expect(eventsOf(['<stream:str'], {}, true)).toEqual(['error not-well-formed'])
})

test('RFC 6120 §4.3.3: after reset() a new stream begins and the rest of the piece is gone', () => {
  const events: string[] = []
  const parser = new StreamParser({
    header: () => events.push('header'),
    element: (element) => {
      events.push(element.name)
      if (element.name === 'auth') parser.reset()
    },
    footer: () => events.push('footer'),
    error: (error) => events.push(error.condition),
  })
  parser.write(`${OPEN}<auth/><message/><smuggled`)
  parser.write(`<?xml version='1.0'?>${OPEN}<iq/>`)
  expect(events).toEqual(['header', 'auth', 'header', 'iq'])
})

test('stop() within a handler: nothing more is read', () => {
  const events: string[] = []
  const parser = new StreamParser({
    header: () => {},
    element: (element) => {
      events.push(element.name)
      parser.stop()
    },
    footer: () => events.push('footer'),
    error: (error) => events.push(error.condition),
  })
  parser.write(`${OPEN}<a/><b/></wrong>`)
  parser.write('<c/>')
  parser.end()
  expect(events).toEqual(['a'])
})

test('what a handler throws comes out of write(), and stops the parser', () => {
  let count = 0
  const parser = new StreamParser({
    header: () => {},
    element: () => {
      count++
      throw new RangeError('mine')
    },
    footer: () => {},
    error: () => expect.unreachable(),
  })
  expect(() => parser.write(`${OPEN}<a/><b/>`)).toThrow(RangeError)
  parser.write('<c/>')
  expect(count).toBe(1)
})
