import { FakeEnvironment } from '@parlour/testing'
import { expect, it } from 'vitest'
import { Answers } from './answers.ts'
import type { FederationKernel } from './federation-context.ts'
import { linkErrors } from './link-errors.ts'

it('what an answer throws, or rejects with, is reported; those behind it are answered', async () => {
  const reports: unknown[] = []
  const answered: (string | undefined)[] = []
  const kernel = {
    environment: new FakeEnvironment(),
    bounceLate: async ({ id }: { id?: string }) => {
      if (id === 'rejects') throw new Error('no storage')
      answered.push(id)
    },
    reportError: (cause: unknown) => void reports.push(cause),
  } as unknown as FederationKernel
  const answers = new Answers(kernel, { bytes: 0 })
  for (const text of ["<message id='rejects'/>", '<message', "<message id='last' to='b.example'/>"])
    answers.add(text, linkErrors.closed())
  await Promise.resolve()
  expect(answered).toEqual(['last'])
  expect(reports).toHaveLength(2)
})

it('a full queue is answered in order, a few stanzas in a moment, and all of it when the server stops', () => {
  const answered: (string | undefined)[] = []
  const environment = new FakeEnvironment()
  const bounceLate = ({ id }: { id?: string }) => void answered.push(id)
  const queued = { bytes: 0 }
  const answers = new Answers({ bounceLate, environment } as unknown as FederationKernel, queued)
  const texts = Array.from({ length: 1000 }, (_, n) => `<message id='${n}' to='b.example'/>`)
  for (const text of texts) answers.add(text, linkErrors.closed())
  expect(answered.length).toBe(16)
  expect(queued.bytes).toBe(texts.slice(16).join('').length)
  environment.advance(5)
  expect(answered.length).toBe(32)
  answers.flush()
  expect(answered).toEqual(texts.map((_, n) => `${n}`))
  expect(queued.bytes).toBe(0)
})
