import { describe, expect, test } from 'vitest'
import { FEEDINGS } from './dialogues.ts'
import { errorOf, Stage, type StageOptions } from './stage.ts'

const JULIET = 'juliet@example.com/balcony'
const ROMEO = 'romeo@example.net/orchard'

describe.each(FEEDINGS)('stanzas, %s:', (_, chunkBytes) => {
  /** Juliet has signed in, Romeo is online, and neither knows the other. */
  async function scene(signal: AbortSignal, options: StageOptions = {}) {
    const stage = await Stage.open(signal, { chunkBytes, ...options })
    const romeo = await stage.online(ROMEO)
    const juliet = await stage.online(JULIET)
    return { stage, juliet, romeo }
  }

  test.for(['', ` from='juliet@example.com'`, ` from='mercutio@example.net/x'`, ` from='@'`])(
    '43. RFC 6120 §8.1.2.1: a stanza with%s goes out with the full JID of its sender',
    async (from, { signal }) => {
      const { juliet, romeo } = await scene(signal)
      juliet.send(`<message to='romeo@example.net'${from}><body>hi</body></message>`)
      await romeo.hears(`<message from="${JULIET}" to="romeo@example.net"><body>hi</body></message>`)
    },
  )

  test('43. RFC 6120 §8.1.2.1: subscription presence goes out with the bare JID', async ({ signal }) => {
    const { juliet, romeo } = await scene(signal)
    juliet.send(`<presence to='romeo@example.net' from='${JULIET}' type='subscribe'/>`)
    await romeo.hears(`<presence to="romeo@example.net" from="juliet@example.com" type="subscribe"/>`)
  })

  test('43. RFC 6120 §8.1.5: the language of a stanza is kept, a missing one is that of the stream', async ({
    signal,
  }) => {
    const { stage, romeo } = await scene(signal)
    const nurse = await stage.signIn('nurse@example.com/kitchen', ` xml:lang='de'`)
    nurse.send(
      `<message to='romeo@example.net'><body>Guten Tag</body></message><message to='romeo@example.net' xml:lang='it'><body>Buongiorno</body></message>`,
    )
    await romeo.hears(`<message from="nurse@example.com/kitchen" to="romeo@example.net" xml:lang="de"><body>Guten Tag</body></message>
      <message from="nurse@example.com/kitchen" to="romeo@example.net" xml:lang="it"><body>Buongiorno</body></message>`)
  })

  test('43. RFC 6120 §8.1.5: without a language of the stream none is added', async ({ signal }) => {
    const { juliet, romeo } = await scene(signal)
    juliet.send(`<message to='${ROMEO}'/>`)
    await romeo.hears(`<message from="${JULIET}" to="${ROMEO}"/>`)
  })

  test.for([
    ['no id', `<iq type='get'><q xmlns='q'/></iq>`, '', 'bad-request'],
    ['no type', `<iq id='1'><q xmlns='q'/></iq>`, ' id="1"', 'bad-request'],
    ['an unknown type', `<iq id='1' type='ask'><q xmlns='q'/></iq>`, ' id="1"', 'bad-request'],
    ['no child', `<iq id='1' type='set'/>`, ' id="1"', 'bad-request'],
    ['two children', `<iq id='1' type='get'><q xmlns='q'/><r xmlns='r'/></iq>`, ' id="1"', 'bad-request'],
  ] as const)('44. RFC 6120 §8.2.3: an iq with %s is a bad-request', async ([, iq, id], { signal }) => {
    const { juliet, romeo } = await scene(signal)
    for (const to of ['', ` to='${ROMEO}'`]) {
      juliet.send(iq.replace('<iq', `<iq${to}`))
      const from = to && ` from="${ROMEO}"`
      await juliet.peer.expectUntil(
        `<iq${from} to="${JULIET}"${id} type="error"><error type="modify"><bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>`,
      )
      await juliet.peer.expectUntil(`</iq>`)
    }
    await romeo.hearsNothing()
  })

  test('44. RFC 6120 §8.2.3: results and errors are never answered', async ({ signal }) => {
    const { juliet } = await scene(signal)
    for (const to of [
      '',
      ` to='example.com'`,
      ` to='nobody@example.com'`,
      ` to='romeo@example.net/away'`,
      ` to='example.org'`,
    ])
      juliet.send(`<iq type='result' id='r'${to}/><iq type='error' id='e'${to}>${errorOf('cancel', 'conflict')}</iq>`)
    await juliet.hearsNothing()
  })

  test.for([
    ['the server', 'example.com', 'service-unavailable'],
    ['another domain of the server', 'example.net', 'service-unavailable'],
    ['the own account', 'juliet@example.com', 'service-unavailable'],
    ['another account', 'romeo@example.net', 'service-unavailable'],
    ['no account', 'nobody@example.com', 'service-unavailable'],
    ['a resource that is not there', 'romeo@example.net/away', 'service-unavailable'],
    ['a domain that is not ours', 'example.org', 'remote-server-not-found'],
  ] as const)(
    '44, 45. RFC 6120 §8.2.3, §8.3.1: a request to %s (%s) is answered once, with its id and the addresses swapped',
    async ([, to, condition], { signal }) => {
      const { juliet, romeo } = await scene(signal)
      for (const type of ['get', 'set']) {
        juliet.send(`<iq type='${type}' id='i&amp;1' to='${to}'><q xmlns='urn:example:unknown'/></iq>`)
        await juliet.peer.expectUntil(
          `<iq type="error" id="i&amp;1" from="${to}" to="${JULIET}"><error type="cancel"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>`,
        )
        await juliet.peer.expectUntil('</iq>')
      }
      await juliet.hearsNothing()
      await romeo.hearsNothing()
    },
  )

  test('45. RFC 6120 §8.3.1: an error for a message keeps kind and id', async ({ signal }) => {
    const { juliet } = await scene(signal)
    juliet.send(`<message to='nobody@example.com/x' id='m1' type='chat'><body>hi</body></message>`)
    await juliet.hears(
      `<message type="error" id="m1" from="nobody@example.com/x" to="${JULIET}">${errorOf('cancel', 'service-unavailable')}</message>`,
    )
  })

  test('45. RFC 6120 §8.3.1: an error is never answered with an error', async ({ signal }) => {
    const { juliet, romeo } = await scene(signal)
    for (const to of [
      'nobody@example.com',
      'example.com',
      'example.org',
      'romeo@example.net/away',
      'romeo@example.net',
    ])
      juliet.send(
        `<message type='error' to='${to}'/><presence type='error' to='${to}'/><iq type='error' id='1' to='${to}'/>`,
      )
    await juliet.hearsNothing()
    await romeo.forget()
  })

  test('45. RFC 6120 §8.1.1.1: an address that is none is jid-malformed', async ({ signal }) => {
    const { juliet } = await scene(signal)
    for (const to of ['@', 'a@@b', 'a b@example.com', `${'a'.repeat(1024)}@example.com`]) {
      juliet.send(`<message id='m1' to='${to}'/>`)
      await juliet.peer.expectUntil(`<error type="modify"><jid-malformed xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>`)
      await juliet.peer.expectUntil('</message>')
    }
    await juliet.hearsNothing()
  })

  test('46. RFC 6120 §10.1: stanzas arrive in the order in which they were sent, to whichever form of the address', async ({
    signal,
  }) => {
    const { juliet, romeo } = await scene(signal)
    const numbers = Array.from({ length: 30 }, (_, n) => n)
    const to = (n: number) => (n % 2 ? 'romeo@example.net' : ROMEO)
    juliet.send(numbers.map((n) => `<message id='${n}' to='${to(n)}'/>`).join(''))
    for (const n of numbers) await romeo.hears(`<message id="${n}" from="${JULIET}" to="${to(n)}"/>`)
  })

  test('46. RFC 6120 §10.1: a request that waits for storage holds what follows it, and is answered first', async ({
    signal,
  }) => {
    const { juliet } = await scene(signal)
    juliet.send(`<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='nurse@example.com'/></query></iq>
      <iq type='get' id='g'><q xmlns='urn:example:unknown'/></iq>`)
    await juliet.hears(`<iq type="set" id="*" to="${JULIET}"><query xmlns="jabber:iq:roster" ver="*"><item jid="nurse@example.com" subscription="none"/></query></iq>
      <iq type="result" id="s" to="${JULIET}"/>
      <iq type="error" id="g" to="${JULIET}">${errorOf('cancel', 'service-unavailable')}</iq>`)
  })

  test('47. RFC 6120 §10.3.1: a message without an address is for the own account', async ({ signal }) => {
    const { juliet, romeo } = await scene(signal)
    juliet.send(`<message id='m'><body>note</body></message>`)
    await juliet.hears(`<message id="m" from="${JULIET}" to="juliet@example.com"><body>note</body></message>`)
    await romeo.hearsNothing()
  })

  test('47. RFC 6120 §10.3.2: presence without an address is broadcast', async ({ signal }) => {
    const { stage, juliet, romeo } = await scene(signal)
    const chamber = await stage.online('juliet@example.com/chamber')
    await juliet.forget()
    juliet.send(`<presence><show>away</show></presence>`)
    await juliet.hears(`<presence from="${JULIET}" to="juliet@example.com"><show>away</show></presence>`)
    await chamber.hears(`<presence from="${JULIET}" to="juliet@example.com"><show>away</show></presence>`)
    await romeo.hearsNothing()
  })

  test('47. RFC 6120 §10.3.3: an iq without an address is answered in the name of the account', async ({ signal }) => {
    const { juliet } = await scene(signal)
    juliet.send(
      `<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq><iq type='get' id='2'><q xmlns='urn:example:unknown'/></iq>`,
    )
    await juliet.hears(`<iq type="result" id="1" to="${JULIET}"><query xmlns="jabber:iq:roster" ver="*"/></iq>
      <iq type="error" id="2" to="${JULIET}">${errorOf('cancel', 'service-unavailable')}</iq>`)
  })

  test('48. RFC 6120 §10.4.3, §10.5: what is for a domain that is not reached is remote-server-not-found; a local domain is never left', async ({
    signal,
  }) => {
    const { juliet } = await scene(signal)
    juliet.send(`<message id='m1' to='romeo@example.org'/>`)
    await juliet.hears(
      `<message type="error" id="m1" from="romeo@example.org" to="${JULIET}"><error type="cancel"><remote-server-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">*</text></error></message>`,
    )
    juliet.send(`<message id='m2' to='nobody@example.net'/>`)
    await juliet.hears(
      `<message type="error" id="m2" from="nobody@example.net" to="${JULIET}">${errorOf('cancel', 'service-unavailable')}</message>`,
    )
  })
})

test('43. RFC 6120 §8.1.2.1: presence in somebody else’s name is presence in one’s own', async ({ signal }) => {
  await using stage = await Stage.open(signal)
  const [juliet, romeo] = [await stage.online(JULIET), await stage.online(ROMEO)]
  juliet.send(`<presence from='mercutio@example.net/square' to='${ROMEO}'/>`)
  await romeo.hears(`<presence from="${JULIET}" to="${ROMEO}"/>`)
  expect(stage.kernel.counters.internalErrors).toBe(0)
})
