import { type Element, el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { featuresText, offeredMechanisms } from './offered-elements.ts'

const write = (element: Element) => element.toString()
const feature = (name: string) => el(name, `urn:example:${name}`)

test('the same names are the same element, others are not', () => {
  expect(offeredMechanisms(['SCRAM-SHA-1'])).toBe(offeredMechanisms(['SCRAM-SHA-1']))
  expect(offeredMechanisms(['SCRAM-SHA-1', 'PLAIN']).toString()).toContain('PLAIN')
  expect(offeredMechanisms(['SCRAM-SHA-1']).toString()).not.toContain('PLAIN')
})

test('features are written as they are, whatever was written before with the same first one', () => {
  const [one, two, three] = ['one', 'two', 'three'].map(feature) as [Element, Element, Element]
  for (const list of [[one], [one, two], [one, three], [one, two], [two], []]) {
    const text = featuresText(list, write)
    expect(text).toBe(el('features', 'http://etherx.jabber.org/streams', {}, ...list).toString())
    expect(featuresText([...list], write)).toBe(text)
  }
})
