import { pbkdf2Sync } from 'node:crypto'
import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { webCrypto } from '../web-crypto.ts'
import { answerScramUpgrade, hashOfUpgrade, SCRAM_UPGRADE_NAMESPACE } from './scram-upgrade.ts'

const OPTIONS = { hash: 'SHA-256', password: 'secret', crypto: webCrypto } as const
const salt = (iterations: string, text = 'QSXCR+Q6sek8bf92') =>
  el('salt', SCRAM_UPGRADE_NAMESPACE, { iterations }, text)

test('XEP-0480 §3: the salted password, for salt and count of the server', async () => {
  const octets = Buffer.from('QSXCR+Q6sek8bf92', 'base64')
  const expected = pbkdf2Sync('secret', octets, 4096, 32, 'sha256').toString('base64')
  expect((await answerScramUpgrade([salt('4096')], OPTIONS)).toString()).toBe(
    `<hash xmlns='urn:xmpp:scram-upgrade:0'>${expected}</hash>`,
  )
})

test.each([
  ['no salt', [], 'malformed-challenge'],
  ['"MUST NOT be empty"', [salt('4096', '')], 'malformed-challenge'],
  ['a salt that is no base 64', [salt('4096', '*')], 'malformed-challenge'],
  ['no count', [salt('')], 'malformed-challenge'],
  ['a count below the least', [salt('4095')], 'iteration-count-out-of-bounds'],
  ['a count that keeps the machine busy', [salt('999999999')], 'iteration-count-out-of-bounds'],
])('%s is refused', async (_, content, code) => {
  await expect(answerScramUpgrade(content, OPTIONS)).rejects.toMatchObject({ code })
})

test.each([
  ['UPGR-SCRAM-SHA-256', 'SHA-256'],
  ['UPGR-SCRAM-SHA-512', 'SHA-512'],
  ['UPGR-SCRAM-SHA-1', undefined],
  ['UPGR-SCRAM-SHA-256-PLUS', undefined],
  ['UPGR-X', undefined],
])('%s: %s', (task, hash) => {
  expect(hashOfUpgrade(task)).toBe(hash)
})
