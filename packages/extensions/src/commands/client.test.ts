import { defineServerModule } from '@parlour/server-core'
import { expect, test } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { Scene } from '../scene.fixture.ts'
import { commandsClient } from './client.ts'
import { commands, commandsServer } from './server.ts'

const form = (title: string) => ({ type: 'form', title, fields: [] }) as const
const echo = defineServerModule({
  name: 'echo',
  requires: ['commands'],
  setup: (host) => [
    host.use(commands).add({
      node: 'echo',
      name: 'Echo',
      access: 'account',
      start: () => ({
        status: 'executing',
        form: form('Say something'),
        complete: ({ fields }) => ({
          status: 'completed',
          notes: [{ type: 'info', text: fields[0]?.values?.[0] ?? '' }],
        }),
      }),
    }),
  ],
})

test('XEP-0050 §2: lists commands, executes one through its stages, cancels another', async () => {
  const scene = await Scene.open([discoServer, commandsServer, echo], { accounts: ['romeo@example.com'] })
  await using romeo = await scene.client('romeo@example.com/orchard')
  const api = romeo.use(commandsClient)
  expect(await api.list()).toContainEqual({ node: 'echo', name: 'Echo' })
  const execution = await api.execute('example.com', 'echo')
  expect(execution.response).toMatchObject({ status: 'executing', form: { title: 'Say something' } })
  const answer = await execution.proceed('complete', { type: 'form', fields: [{ name: 'a', values: ['hello'] }] })
  expect(answer).toMatchObject({ status: 'completed', notes: [{ type: 'info', text: 'hello' }] })
  expect(execution.response).toBe(answer)
  const other = await api.execute('example.com', 'echo')
  expect(await other.cancel()).toMatchObject({ status: 'canceled' })
  await expect(api.execute('example.com', 'none')).rejects.toMatchObject({ condition: 'item-not-found' })
})
