import { FakeEnvironment } from '@parlour/testing'
import { expect, it } from 'vitest'
import type { FederationContext } from './federation-context.ts'
import { DEFAULT_FEDERATION_LIMITS } from './options.ts'
import { Verifier } from './verifier.ts'

it('one address whose domains say nothing does not hold the verifications of others', () => {
  const opened: string[] = []
  const context = { limits: DEFAULT_FEDERATION_LIMITS, environment: new FakeEnvironment() }
  const verifier = new Verifier({
    context: context as unknown as FederationContext,
    established: () => undefined,
    open: ({ remote }) => {
      opened.push(remote)
      return new Promise(() => {})
    },
  })
  const ask = (remote: string, address: string) =>
    void verifier.verify({ local: 'a.example', remote, id: '1', key: 'k', address })
  for (let n = 0; n < 60; n++) ask(`d${n}.silent.example`, '192.0.2.66')
  expect(opened).toHaveLength(5)
  ask('honest.example', '192.0.2.1')
  expect(opened).toContain('honest.example')
})
