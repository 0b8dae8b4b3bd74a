import { expect, test } from 'vitest'
import { workspaceOf } from '../checks/workspace.ts'
import { checklistLinesOf, clausesOf, specifications, testsFor } from './specifications.ts'

test.each([
  ['RFC 6120 §4.3.3: a new id', ['RFC 6120 §4.3.3']],
  ['RFC 6120 §4.3.3, §4.3.4 and RFC 6121 §2', ['RFC 6120 §4.3.3', 'RFC 6120 §4.3.4', 'RFC 6121 §2']],
  ['a pong (XEP-0199 §4.1)', ['XEP-0199 §4.1']],
  ['RFC 6121 §A.2.1 outbound', ['RFC 6121 §A.2.1']],
  ['RFC 7622 in short', ['RFC 7622']],
  ['nothing cited', []],
])('clauses of a title: %s', (title, clauses) => {
  expect(clausesOf(title)).toEqual(clauses)
})

test('a clause is held by tests of its parts, not by those of a longer number', () => {
  const titles = ['RFC 6120 §4.3.1', 'RFC 6120 §4.30'].map((title) => ({ file: 'a', title }))
  expect(testsFor(titles, ['RFC 6120 §4.3'])).toEqual([titles[0]])
})

test('a title begins with the lines of the checklist that it holds', () => {
  expect(checklistLinesOf('19, 20. RFC 6120 §11.1: no comments')).toEqual([19, 20])
  expect(checklistLinesOf('RFC 6120 §11.1: 19. no comments')).toEqual([])
})

test('the document names extensions, tests inside describe and each, and clauses without a test', async () => {
  const text = await specifications.text(
    workspaceOf({
      'packages/x/package.json': '{"name":"@parlour/x"}',
      'packages/x/src/ping/server.ts': `export const ping = { implements: [{ xep: 30 }, { xep: 199, version: '2.0.1' }] }`,
      'packages/x/src/ping/ping.test.ts': `describe('RFC 6120 §4.3.3', () => { test.each([1])('case %s', () => {}) })`,
    }),
    '.',
  )
  expect(text).toContain('| [XEP-0199](https://xmpp.org/extensions/xep-0199.html) | 2.0.1 | [x/ping/server.ts]')
  expect(text).toContain('| RFC 6120 §4.3.3 | [x/ping/ping.test.ts](../packages/x/src/ping/ping.test.ts) (1) |')
  expect(text).toContain('**no test yet**')
})
