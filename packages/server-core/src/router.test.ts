import { readStanza } from '@parlour/stanza'
import { Element } from '@parlour/xml'
import { expect, test, vi } from 'vitest'
import type { StanzaEvent } from './hooks.ts'
import { Stand } from './kernel.fixture.ts'
import { defineServerModule } from './module.ts'

const JULIET = 'juliet@example.com/balcony'
const ROMEO = 'romeo@example.net/orchard'

async function scene(...modules: ReturnType<typeof defineServerModule>[]) {
  const stand = await Stand.open({ modules: modules as never })
  const juliet = await stand.connect(JULIET)
  const romeo = await stand.connect(ROMEO)
  await romeo.say('<presence/>')
  romeo.look()
  return { stand, juliet, romeo }
}

test('what nobody waits for is delivered before the call returns: no promise on the way', async () => {
  const { juliet, romeo } = await scene()
  const done: unknown = juliet.session.receive(new Element('message', 'jabber:client', { to: ROMEO }, []))
  expect(done).toBeUndefined()
  expect(romeo.look()).toHaveLength(1)
})

test('a stanza for several sessions is one text', async () => {
  const { stand, juliet, romeo } = await scene()
  const square = await stand.connect('romeo@example.net/square')
  await square.say('<presence/>')
  romeo.look()
  const sent = vi.spyOn(romeo, 'send')
  const sentToo = vi.spyOn(square, 'send')
  await juliet.say(`<message type='headline' to='romeo@example.net'><body>one</body></message>`)
  expect(sent.mock.calls).toEqual(sentToo.mock.calls)
  expect(sent).toHaveBeenCalledOnce()
})

test('47. RFC 6121 §8.4: the server itself reads no messages, takes presence in silence, and answers requests', async () => {
  const { juliet } = await scene()
  const [message] = await juliet.say(`<message id='1' to='example.com'><body>hi</body></message>`)
  expect(message).toContain(`<message from='example.com' to='${JULIET}' id='1' type='error'>`)
  expect(await juliet.say(`<presence to='example.com'/>`)).toEqual([])
  const [iq] = await juliet.say(`<iq id='1' type='get' to='example.com'><q xmlns='urn:example:q'/></iq>`)
  expect(iq).toContain('<service-unavailable ')
})

test('48. RFC 6120 §10.4.3: another domain is remote-server-not-found, and errors for it are dropped', async () => {
  const { juliet } = await scene()
  const [message] = await juliet.say(`<message id='1' to='a@example.org'/>`)
  expect(message).toContain('<remote-server-not-found ')
  expect(await juliet.say(`<message type='error' to='a@example.org'/>`)).toEqual([])
})

test('the answer to a request goes to the session that asked, though another has taken its place', async () => {
  const { promise: waiting, resolve: answer } = Promise.withResolvers<undefined>()
  const slow = defineServerModule({
    name: 'slow',
    setup: (host) => [host.iq.get('urn:example:q', 'q', () => waiting)],
  })
  const { stand, juliet } = await scene(slow)
  const asking = juliet.session.receive(
    new Element('iq', 'jabber:client', { id: '1', type: 'get' }, [new Element('q', 'urn:example:q', {}, [])]),
  )
  const newer = await stand.connect(JULIET)
  answer(undefined)
  await asking
  expect([juliet.look().length, newer.look().length]).toEqual([1, 0])
})

test('a handler of offline messages that stores one ends its way; the next is not asked', async () => {
  const kept: string[] = []
  const keep = (name: string, stores: boolean) =>
    defineServerModule({
      name,
      setup: (host) => [
        host.on('offline', ({ stanza, account }) => {
          kept.push(`${name} ${stanza.id} ${account}`)
          return stores ? 'handled' : undefined
        }),
      ],
    })
  const { romeo } = await scene(keep('a', false), keep('b', true), keep('c', true))
  expect(await romeo.say(`<message id='1' to='juliet@example.com'/>`)).toEqual([])
  expect(kept).toEqual(['a 1 juliet@example.com', 'b 1 juliet@example.com'])
  const [error] = await romeo.say(`<message id='2' to='nobody@example.com'/>`)
  expect(error).toContain('<service-unavailable ')
  expect(kept).toHaveLength(2)
})

test('modules hear of messages that were sent and of those that were received, with who got them', async () => {
  const heard: string[] = []
  const ear = defineServerModule({
    name: 'ear',
    setup: (host) => [
      host.on('messageSent', ({ message, session }) => heard.push(`${session.jid} sent ${message.id}`)),
      host.on('messageReceived', ({ message, sessions, sender }) =>
        heard.push(`${sessions.map(({ jid }) => jid)} received ${message.id} of ${sender?.jid}`),
      ),
      host.on('offline', () => 'handled'),
    ],
  })
  const { stand, juliet, romeo } = await scene(ear)
  await juliet.say(`<message id='1' to='${ROMEO}'/>`)
  expect(heard.splice(0)).toEqual([`${JULIET} sent 1`, `${ROMEO} received 1 of ${JULIET}`])
  await juliet.say(`<message id='2' to='romeo@example.org'/>`)
  expect(heard.splice(0)).toEqual([`${JULIET} sent 2`, `${JULIET} received 2 of undefined`])
  await romeo.say(`<presence type='unavailable'/>`)
  await juliet.say(`<message id='3' type='chat' to='romeo@example.net'/>`)
  expect(heard.splice(0)).toEqual([`${JULIET} sent 3`, ` received 3 of ${JULIET}`])
  await juliet.say(`<iq id='4' type='get' to='example.com'><q xmlns='urn:example:q'/></iq>`)
  expect([heard, stand.log.errors]).toEqual([[], []])
})

test('RFC 6121 §8.5.1: of an account that does not exist nothing is answered, whatever anybody may ask of others', async () => {
  const open = defineServerModule({
    name: 'open',
    setup: (host) => [host.iq.get('urn:example:q', 'q', () => undefined, { access: 'anyone' })],
  })
  const { juliet } = await scene(open)
  const ask = async (to: string) =>
    (await juliet.say(`<iq id='1' type='get' to='${to}'><q xmlns='urn:example:q'/></iq>`))[0]
  expect(await ask('romeo@example.net')).toContain("type='result'")
  for (const to of ['nobody@example.net', 'nobody@example.com'])
    expect(await ask(to)).toContain('<service-unavailable ')
})

test.each(['at once', 'a moment later'])('a stanza of which the delivery fails is over: %s', async (when) => {
  const events: StanzaEvent[] = []
  const ear = defineServerModule({
    name: 'ear',
    setup: (host) => [
      host.on('archive', (event) => {
        if (event.stanza.kind === 'message') events.push(event)
        return when === 'at once' ? undefined : Promise.resolve(undefined)
      }),
    ],
  })
  const { stand, romeo } = await scene(ear)
  vi.spyOn(romeo, 'send').mockImplementation(() => {
    throw new Error('no stream')
  })
  const stanza = readStanza(new Element('message', 'jabber:client', { from: 'a@example.org', to: ROMEO }, []))
  const ways = [() => stand.kernel.router.route(stanza), () => stand.kernel.router.routeAhead(stanza, () => {})]
  for (const way of ways) await expect((async () => way())()).rejects.toThrow('no stream')
  expect(events.map(({ isOver }) => isOver)).toEqual([true, true])
})
