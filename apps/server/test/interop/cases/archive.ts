import assert from 'node:assert/strict'
import { until } from '../../support/waiting.ts'
import type { ArchivedBodies, ArchiveQuestion, InteropClient } from '../client.ts'
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
      await until(async () => (await ask(question)).bodies.length === 2, 60_000, 'two messages in the archive')
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
  {
    name: 'archive: another device is shown what was said before (XEP-0313)',
    needs: ['history'],
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      for (const n of [1, 2, 3]) {
        await client.send(other.address, `said ${n}`)
        await partner.message(bodyIs(`said ${n}`))
        await partner.send(account.address, `answered ${n}`)
        await client.message(bodyIs(`answered ${n}`))
      }
      // Who is answered has its messages stored.
      for (const each of [client, partner]) await each.ping(stage.server.domain)
      const second = (await stage.client(account, { resource: 'two' })) as Required<InteropClient>
      const expected = [1, 2, 3].flatMap((n) => [`said ${n}`, `answered ${n}`])
      assert.deepEqual(await second.history(other.address), expected)
      return undefined
    },
  },
]
