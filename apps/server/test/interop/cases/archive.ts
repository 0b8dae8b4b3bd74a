import assert from 'node:assert/strict'
import { until } from '../../support/waiting.ts'
import type { ArchivedBodies, ArchiveQuestion } from '../client.ts'
import { bodyIs, type Case, pair } from './case.ts'

export const ARCHIVE: readonly Case[] = [
  {
    name: 'archive: a conversation, a page at a time, also from its end (XEP-0313)',
    needs: ['archive'],
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      await client.send(other.address, 'first')
      await partner.message(bodyIs('first'))
      await partner.send(account.address, 'second')
      await client.message(bodyIs('second'))
      await client.send(other.address, 'third')
      await partner.message(bodyIs('third'))
      await client.send(client.jid, 'to myself')
      const ask = async (question: ArchiveQuestion): Promise<ArchivedBodies & { bodies: string[] }> => {
        const found = await client.archive(question)
        return { ...found, bodies: found.messages.map(({ body }) => body) }
      }
      const question = { with: other.address, max: 2 }
      // What is archived need not be there at the same moment as it arrives.
      await until(async () => (await ask(question)).bodies.length === 2, 20_000, 'two messages in the archive')
      const page = await ask(question)
      assert.deepEqual([page.bodies, page.complete], [['first', 'second'], false])
      const after = page.messages[1]?.id ?? ''
      const rest = await ask({ ...question, after })
      assert.deepEqual([rest.bodies, rest.complete], [['third'], true])
      const last = await ask({ ...question, last: true })
      assert.deepEqual([last.bodies, last.complete], [['second', 'third'], false])
      return undefined
    },
  },
]
