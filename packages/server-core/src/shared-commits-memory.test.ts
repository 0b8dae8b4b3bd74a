import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readStanza } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { SharedCommits } from './shared-commits.ts'
import { Transaction } from './transaction.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('what was committed is not held: a session may be silent for days after a large message', async () => {
  const commits = new SharedCommits({ commit: () => Promise.resolve(), over: () => {} })
  const send = (): WeakRef<object> => {
    const stanza = readStanza(
      parseXml("<message xmlns='jabber:client' to='romeo@example.com'><body>1</body></message>"),
    )
    const transaction = new Transaction()
    transaction.store([])
    commits.add({ stanza, transaction, management: undefined, ticket: 0 })
    return new WeakRef(stanza)
  }
  const sent = send()
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  collect()
  expect(sent.deref()).toBeUndefined()
  commits.commit()
})
