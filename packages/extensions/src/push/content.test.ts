import { createMemoryStorage } from '@parlour/storage'
import { describe, expect, test } from 'vitest'
import { enable, JULIET, openPush, ROMEO } from './push.fixture.ts'

describe('§9: "servers SHOULD allow users to limit the information"', () => {
  const command = (action: string, form = '', session = '') =>
    `<iq type='set' id='c' to='example.com'><command xmlns='http://jabber.org/protocol/commands' node='urn:parlour:push#content' action='${action}'${session}>${form}</command></iq>`
  const choose = (content: string) =>
    `<x xmlns='jabber:x:data' type='submit'><field var='content'><value>${content}</value></field></x>`

  test.each([
    ['count', { messageCount: 1 }],
    ['sender', { messageCount: 1, lastMessageSender: `${ROMEO}/orchard` }],
    ['body', { messageCount: 1, lastMessageSender: `${ROMEO}/orchard`, lastMessageBody: 'secret' }],
  ])('operator: body, account: %s', async (content, expected) => {
    const { scene, service, chat } = await openPush({ content: 'body' })
    const phone = await scene.online(`${JULIET}/phone`)
    await phone.request(enable())
    const stage = await phone.request(command('execute'))
    const session = stage.elements()[0]?.attribute('sessionid')
    await phone.request(command('complete', choose(content), ` sessionid='${session}'`))
    await phone.disconnect()
    await chat('secret')
    expect(service.take().map(({ summary }) => summary)).toEqual([expected])
  })

  test('never a text that the account has not allowed, whatever the operator does; nor one beside what is encrypted', async () => {
    const first = await openPush({ content: 'body' })
    await first.away()
    await first.chat('secret')
    expect(first.service.take().map(({ summary }) => summary)).toEqual([{ messageCount: 1 }])
    const storage = createMemoryStorage()
    await storage.commit([{ type: 'put', store: 'push/registrations', owner: JULIET, key: '/content', value: 'body' }])
    const second = await openPush({ content: 'body' }, storage)
    await second.away()
    await second.chat('secret', "<encrypted xmlns='urn:xmpp:omemo:2'/>")
    expect(second.service.take().map(({ summary }) => summary.lastMessageBody)).toEqual([undefined])
  })

  test('what is no choice, or is more than the operator allows, is refused', async () => {
    const { scene, service, chat } = await openPush({ content: 'sender' })
    const phone = await scene.online(`${JULIET}/phone`)
    await phone.request(enable())
    for (const content of ['body', 'everything']) {
      const stage = await phone.request(command('execute'))
      const session = stage.elements()[0]?.attribute('sessionid')
      const end = await phone.request(command('complete', choose(content), ` sessionid='${session}'`))
      expect(
        end
          .elements()[0]
          ?.childrenNamed('note')
          .map((note) => note.attribute('type')),
      ).toEqual(['error'])
    }
    await phone.disconnect()
    await chat('secret')
    expect(service.take().map(({ summary }) => summary)).toEqual([{ messageCount: 1 }])
  })

  test('where the operator allows a count only, accounts cannot choose', async () => {
    const { scene } = await openPush()
    const phone = await scene.online(`${JULIET}/phone`)
    expect((await phone.request(command('execute'))).attribute('type')).toBe('error')
  })
})
