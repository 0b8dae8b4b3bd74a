import { StanzaError } from '@parlour/stanza'
import { expect, it } from 'vitest'
import { answerText } from './answers.ts'
import type { FederationKernel } from './federation-context.ts'

it('what an answer throws, or rejects with, is reported; those behind it are answered', async () => {
  const reports: unknown[] = []
  const answered: (string | undefined)[] = []
  const kernel = {
    bounce: async ({ id }: { id?: string }) => {
      if (id === 'rejects') throw new Error('no storage')
      answered.push(id)
    },
    reportError: (cause: unknown) => void reports.push(cause),
  } as unknown as FederationKernel
  for (const text of ["<message id='rejects'/>", '<message', "<message id='last' to='b.example'/>"])
    answerText(kernel, text, new StanzaError('remote-server-timeout'))
  await Promise.resolve()
  expect(answered).toEqual(['last'])
  expect(reports).toHaveLength(2)
})
