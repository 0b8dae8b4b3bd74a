import { expect, test } from 'vitest'
import { createJid, isJid, JidError, parseJid } from './index.ts'

test('RFC 7622 §3.1: the parts of an address', () => {
  const jid = parseJid('Juliet@Example.com./foo@bar/baz')
  expect([jid.local, jid.domain, jid.resource]).toEqual(['juliet', 'example.com', 'foo@bar/baz'])
  expect(jid.toString()).toBe('juliet@example.com/foo@bar/baz')
  expect(jid.bare.toString()).toBe('juliet@example.com')
  expect(jid.bare.isBare).toBe(true)
  expect(parseJid('juliet@example.com/foo@bar/baz')).toBe(jid)
  expect(createJid('juliet', 'example.com').withResource('foo@bar/baz').equals(jid)).toBe(true)
  expect(parseJid('XN--Mnchen-3ya.de').domain).toBe('münchen.de')
})

test.each(['', '@example.com', 'a@', 'a@b@c', 'example.com/', 'a b@example.com', 'a@-x.org', 'a@x..org', 'a@[::1'])(
  'refuses %j',
  (text) => {
    expect(isJid(text)).toBe(false)
    expect(() => parseJid(text)).toThrow(JidError)
  },
)
