import { expect, test } from 'vitest'
import { type CorpusEntry, corpus, type InvalidAddress, type ValidAddress } from './corpus.ts'
import { createJid, JidError, parseJid } from './index.ts'

const valid = corpus.filter((entry): entry is ValidAddress => entry.valid)
const invalid = corpus.filter((entry): entry is InvalidAddress => !entry.valid)

function titled<Entry extends CorpusEntry>(entries: readonly Entry[]): [title: string, entry: Entry][] {
  return entries.map((entry) => [
    `${entry.clause}: ${entry.reason}, ${JSON.stringify(entry.address).slice(0, 60)}`,
    entry,
  ])
}

function errorOf(parse: () => unknown): JidError {
  try {
    parse()
  } catch (error) {
    if (error instanceof JidError) return error
    throw error
  }
  throw new Error('accepted')
}

test('the corpus has at least 150 addresses, none twice, and every code', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(150)
  expect(new Set(corpus.map((entry) => entry.address)).size).toBe(corpus.length)
  expect([...new Set(invalid.map((entry) => entry.code))].sort()).toEqual(
    ['context', 'direction', 'disallowed', 'empty', 'ill-formed', 'ip-literal', 'label', 'too-long'].sort(),
  )
})

test.each(titled(valid))('valid: %s', (_, entry) => {
  const jid = parseJid(entry.address)
  expect({ local: jid.local, domain: jid.domain, resource: jid.resource }).toEqual({
    local: entry.local,
    domain: entry.domain,
    resource: entry.resource,
  })
  expect(parseJid(jid.toString()).toString()).toBe(jid.toString())
  expect(createJid(entry.local, entry.domain, entry.resource).equals(jid)).toBe(true)
})

test.each(titled(invalid))('invalid: %s', (_, entry) => {
  const error = errorOf(() => parseJid(entry.address))
  expect({ part: error.part, code: error.code }).toEqual({ part: entry.part, code: entry.code })
  expect(error.message).toMatch(new RegExp(`^the ${entry.part}part `))
})
