import { describe, expect, test } from 'vitest'
import { FEEDINGS } from './dialogues.ts'
import { errorOf, friends, push, Stage, type StageOptions } from './stage.ts'

const JULIET = 'juliet@example.com/balcony'
const CHAMBER = 'juliet@example.com/chamber'
const set = (id: string, items: string, to = '') =>
  `<iq type='set' id='${id}'${to}><query xmlns='jabber:iq:roster'>${items}</query></iq>`
const get = (id: string, version = '') => `<iq type='get' id='${id}'><query xmlns='jabber:iq:roster'${version}/></iq>`
const result = (id: string) => `<iq type="result" id="${id}" to="${JULIET}"/>`
const NURSE = `<item jid="nurse@example.com" name="Nurse" subscription="none"><group>Servants</group></item>`

describe.each(FEEDINGS)('rosters, %s:', (_, chunkBytes) => {
  const open = (signal: AbortSignal, options: StageOptions = {}) => Stage.open(signal, { chunkBytes, ...options })

  test('50. RFC 6121 §2.1.2.5: the subscription that a client writes into a set is ignored', async ({ signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    juliet.send(set('1', `<item jid='romeo@example.net' subscription='both' ask='subscribe' approved='true'/>`))
    await juliet.hears(push(JULIET, `<item jid="romeo@example.net" subscription="none"/>`) + result('1'))
  })

  test.for([
    ['no item', '', 'modify', 'bad-request'],
    ['two items', `<item jid='a@example.com'/><item jid='b@example.com'/>`, 'modify', 'bad-request'],
    [
      'the same group twice',
      `<item jid='a@example.com'><group>G</group><group>G</group></item>`,
      'modify',
      'bad-request',
    ],
    ['an empty group', `<item jid='a@example.com'><group/></item>`, 'modify', 'not-acceptable'],
    ['a name without end', `<item jid='a@example.com' name='${'n'.repeat(2000)}'/>`, 'modify', 'not-acceptable'],
    [
      'a group without end',
      `<item jid='a@example.com'><group>${'g'.repeat(2000)}</group></item>`,
      'modify',
      'not-acceptable',
    ],
    ['no address', `<item name='Nobody'/>`, 'modify', 'bad-request'],
    [
      'the removal of what is not there',
      `<item jid='a@example.com' subscription='remove'/>`,
      'modify',
      'item-not-found',
    ],
  ] as const)('50. RFC 6121 §2.3.3, §2.5.3: %s: %s', async ([, items, type, condition], { signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    juliet.send(set('1', items))
    await juliet.peer.expect(
      `<iq type="error" id="1" to="${JULIET}"><error type="${type}"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>`,
    )
    await juliet.peer.expectUntil('</iq>')
    juliet.send(get('2'))
    await juliet.hears(`<iq type="result" id="2" to="${JULIET}"><query xmlns="jabber:iq:roster" ver="*"/></iq>`)
  })

  test('50. RFC 6121 §2.1.5, §2.3.3: somebody else’s roster is forbidden', async ({ signal }) => {
    await using stage = await open(signal)
    const nurse = await stage.online('nurse@example.com/kitchen')
    for (const type of ['get', 'set']) {
      nurse.send(
        `<iq type='${type}' id='1' to='juliet@example.com'><query xmlns='jabber:iq:roster'>${type === 'set' ? `<item jid='a@example.com'/>` : ''}</query></iq>`,
      )
      await nurse.hears(
        `<iq type="error" id="1" from="juliet@example.com" to="nurse@example.com/kitchen">${errorOf('auth', 'forbidden')}</iq>`,
      )
    }
  })

  test('51. RFC 6121 §2.1.4: an empty roster is an empty query', async ({ signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.signIn(JULIET)
    juliet.send(get('1'))
    await juliet.hears(`<iq type="result" id="1" to="${JULIET}"><query xmlns="jabber:iq:roster" ver="*"/></iq>`)
  })

  test('51. RFC 6121 §2.3.2, §2.1.6: a set is pushed with its version to every resource that asked for the roster, and to no other', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    const chamber = await stage.online(CHAMBER)
    await juliet.forget()
    const hall = await stage.signIn('juliet@example.com/hall')
    juliet.send(set('1', `<item jid='nurse@example.com' name='Nurse'><group>Servants</group></item>`))
    await juliet.hears(push(JULIET, NURSE, '{version}') + result('1'))
    await chamber.hears(push(CHAMBER, NURSE))
    chamber.send(get('2'))
    await chamber.hears(
      `<iq type="result" id="2" to="${CHAMBER}"><query xmlns="jabber:iq:roster" ver="${juliet.peer.captures.get('version')}">${NURSE}</query></iq>`,
    )
    await hall.hearsNothing()
  })

  test('51. RFC 6121 §2.4.1: an update replaces name and groups', async ({ signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    juliet.send(
      set('1', `<item jid='nurse@example.com' name='Nurse'><group>Servants</group></item>`) +
        set('2', `<item jid='nurse@example.com'/>`),
    )
    await juliet.hears(
      push(JULIET, NURSE) +
        result('1') +
        push(JULIET, `<item jid="nurse@example.com" subscription="none"/>`) +
        result('2'),
    )
  })

  test('52. RFC 6121 §2.5.2: a removal is pushed to all, ends both subscriptions, and shows the contact that the user has gone', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    const chamber = await stage.online(CHAMBER, '')
    juliet.send(set('1', `<item jid='romeo@example.net' subscription='remove'/>`))
    await juliet.hears(push(JULIET, `<item jid="romeo@example.net" subscription="remove"/>`))
    await chamber.hears(push(CHAMBER, `<item jid="romeo@example.net" subscription="remove"/>`))
    await romeo.hears(`<presence from="${JULIET}" to="romeo@example.net" type="unavailable"/>
      <presence from="juliet@example.com" to="romeo@example.net" type="unsubscribe"/>
      ${push('romeo@example.net/orchard', '<item jid="juliet@example.com" subscription="to"/>')}
      <presence from="juliet@example.com" to="romeo@example.net" type="unsubscribed"/>
      ${push('romeo@example.net/orchard', '<item jid="juliet@example.com" subscription="none"/>')}`)
    await juliet.peer.expectUntil(result('1'))
  })

  test('53. RFC 6121 §2.6: rosters have versions; a known one is answered with an empty result and what has changed since, in order', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    for (const name of ['a', 'b', 'c', 'd', 'e']) juliet.send(set(name, `<item jid='${name}@example.com'/>`))
    await juliet.forget()
    juliet.send(get('1', ` ver=''`))
    await juliet.peer.expect(`<iq type="result" id="1" to="${JULIET}"><query xmlns="jabber:iq:roster" ver="{known}">`)
    await juliet.peer.expectUntil('</iq>')
    juliet.send(get('2', ` ver='{known}'`))
    await juliet.hears(result('2'))
    juliet.send(
      set('3', `<item jid='c@example.com' name='C'/>`) + set('4', `<item jid='a@example.com' subscription='remove'/>`),
    )
    await juliet.hears(
      push(JULIET, `<item jid="c@example.com" name="C" subscription="none"/>`, '{third}') + result('3'),
    )
    await juliet.hears(push(JULIET, `<item jid="a@example.com" subscription="remove"/>`, '{fourth}') + result('4'))
    juliet.send(get('5', ` ver='{known}'`))
    await juliet.hears(
      result('5') +
        push(JULIET, `<item jid="c@example.com" name="C" subscription="none"/>`, '{third}') +
        push(JULIET, `<item jid="a@example.com" subscription="remove"/>`, '{fourth}'),
    )
    const versions = ['known', 'third', 'fourth'].map((name) => juliet.peer.captures.get(name))
    expect(new Set(versions).size).toBe(3)
    juliet.send(get('6', ` ver='a version of long ago'`))
    await juliet.peer.expect(
      `<iq type="result" id="6" to="${JULIET}"><query xmlns="jabber:iq:roster" ver="{fourth}"><item jid="b@example.com" subscription="none"/>`,
    )
  })
})
