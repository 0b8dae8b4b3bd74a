import { parseJid } from '@parlour/jid'
import { iq, message, type PresenceType, presence, readStanza, type Stanza } from '@parlour/stanza'
import { el } from '@parlour/xml'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Delivery } from './delivery.ts'
import type { MessageType } from './message-table.ts'
import { type DomainKind, type RoutingContext, route, routeToUnknownAccount } from './route.ts'
import { type RoutedSession, SessionDirectory } from './session-directory.ts'

const sender = parseJid('juliet@example.com/balcony')
const bare = 'romeo@example.net'

function session(resource: string, priority: number | undefined): RoutedSession {
  return { jid: parseJid(`${bare}/${resource}`), available: priority !== undefined, priority: priority ?? 0 }
}

function context(sessions: RoutedSession[], shares = false): RoutingContext<RoutedSession> {
  const directory = new SessionDirectory<RoutedSession>()
  for (const each of sessions) directory.add(each)
  const domains: Record<string, DomainKind> = {
    'example.net': 'local',
    'rooms.example.net': 'service',
    'bot.example.net': 'component',
  }
  return { directory, domainKind: (domain) => domains[domain] ?? 'remote', sharesPresence: () => shares }
}

function send(stanza: Stanza, sessions: RoutedSession[], shares = false): string {
  if (!stanza.to) throw new Error('the stanza needs an address')
  return words(route(stanza, stanza.to, sender, context(sessions, shares)))
}

function words(delivery: Delivery<RoutedSession>): string {
  if (delivery.kind === 'deliver') return `to ${delivery.sessions.map((each) => each.jid.resource).join(' ')}`
  if (delivery.kind === 'handle') return `handle by ${delivery.by}`
  if (delivery.kind === 'bounce') return delivery.condition
  if (delivery.kind === 'component' || delivery.kind === 'remote') return `${delivery.kind} ${delivery.domain}`
  return delivery.kind
}

const messageTo = (to: string, type: MessageType) => readStanza(message({ to, type, body: 'x' }))
const presenceTo = (to: string, type?: PresenceType) => readStanza(presence({ to, type }))
const iqTo = (to: string, type: 'get' | 'set' | 'result' | 'error') =>
  readStanza(iq({ to, type, id: '1', payload: type === 'result' || type === 'error' ? undefined : el('q', 'urn:x') }))

describe('RFC 6121 §8.5.4, Table 1: message delivery rules', () => {
  const away = session('away', undefined)
  const low = session('low', -1)
  const orchard = session('orchard', 0)
  const garden = session('garden', 5)
  const street = session('street', 5)
  // S/E, O/E, M/A as the RFC prints them; the letter that is chosen of each is checked by what is done.
  const permitted: Record<string, readonly string[]> = {
    O: ['store'],
    E: ['service-unavailable'],
    S: ['drop'],
    D: ['one'],
    M: ['to garden street'],
    A: ['to orchard garden street'],
  }
  const lines: [
    condition: string,
    address: string,
    sessions: RoutedSession[],
    normal: string,
    chat: string,
    groupchat: string,
    headline: string,
  ][] = [
    ['no such account', bare, [], 'S/E', 'S/E', 'E', 'S'],
    ['no such account', `${bare}/x`, [], 'S/E', 'S/E', 'S/E', 'S/E'],
    ['no active resources', bare, [], 'O/E', 'O/E', 'E', 'S'],
    ['no active resources', `${bare}/x`, [], 'S/E', 'O/E', 'S/E', 'S/E'],
    ['no active resources, one connected', bare, [away], 'O/E', 'O/E', 'E', 'S'],
    ['no active resources, one connected', `${bare}/x`, [away], 'S/E', 'O/E', 'S/E', 'S/E'],
    ['no active resources, one connected', `${bare}/away`, [away], 'D', 'D', 'D', 'D'],
    ['1+ negative', bare, [low, away], 'O/E', 'O/E', 'E', 'S'],
    ['1+ negative', `${bare}/low`, [low, away], 'D', 'D', 'D', 'D'],
    ['1+ negative', `${bare}/x`, [low, away], 'S/E', 'O/E', 'S/E', 'S/E'],
    ['1 non-negative', bare, [low, orchard, away], 'D', 'D', 'E', 'D'],
    ['1 non-negative', `${bare}/orchard`, [low, orchard], 'D', 'D', 'D', 'D'],
    ['1 non-negative', `${bare}/x`, [low, orchard], 'S/E', 'D', 'S/E', 'S/E'],
    ['1+ non-negative', bare, [low, orchard, garden, away, street], 'M/A', 'M', 'E', 'A'],
    ['1+ non-negative', `${bare}/garden`, [orchard, garden, street], 'D', 'D', 'D', 'D'],
    ['1+ non-negative', `${bare}/x`, [orchard, garden, street], 'S/E', 'M', 'S/E', 'S/E'],
  ]
  const cells = lines.flatMap(([condition, address, sessions, ...options]) =>
    (['normal', 'chat', 'groupchat', 'headline'] as const).map((type, column) => ({
      condition,
      address,
      sessions,
      type,
      option: options[column] ?? '',
    })),
  )

  it.each(cells)('$condition, $address, $type: $option', ({ condition, address, sessions, type, option }) => {
    const stanza = messageTo(address, type)
    const exists = condition !== 'no such account'
    const outcome = exists ? send(stanza, sessions) : words(routeToUnknownAccount(stanza))
    const one = `to ${address.split('/')[1] === 'x' || address === bare ? 'orchard' : address.split('/')[1]}`
    const allowed = option.split('/').flatMap((letter) => permitted[letter] ?? [])
    expect(allowed.map((each) => (each === 'one' ? one : each))).toContain(outcome)
  })

  it.each([bare, `${bare}/x`])(
    '§8.5.1: without sessions, an unknown account differs only where one is stored (%s)',
    (to) => {
      for (const type of ['normal', 'chat', 'groupchat', 'headline', 'error'] as const) {
        const known = send(messageTo(to, type), [])
        if (known !== 'store') expect(words(routeToUnknownAccount(messageTo(to, type)))).toBe(known)
        else expect(words(routeToUnknownAccount(messageTo(to, type)))).toBe('service-unavailable')
      }
    },
  )

  it('§8.5.2.1.1: an error to the bare JID is silently ignored; §8.5.3.1: to a resource it is delivered', () => {
    const error = (to: string) => readStanza(message({ to, type: 'error' }))
    expect(send(error(bare), [orchard])).toBe('drop')
    expect(send(error(`${bare}/x`), [orchard])).toBe('drop')
    expect(send(error(`${bare}/orchard`), [orchard])).toBe('to orchard')
  })

  it('"the server MUST NOT deliver the stanza to any available resource with a negative priority"', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: -128, max: 127 }), { nil: undefined }), { maxLength: 6 }),
        fc.constantFrom<MessageType>('normal', 'chat', 'groupchat', 'headline', 'error'),
        fc.constantFrom(bare, `${bare}/x`),
        (priorities, type, to) => {
          const sessions = priorities.map((priority, index) => session(`r${index}`, priority))
          const stanza = messageTo(to, type)
          const delivery = route(stanza, parseJid(to), sender, context(sessions))
          const able = sessions.some((each) => each.available && each.priority >= 0)
          if (delivery.kind === 'store') expect(able).toBe(false)
          if (delivery.kind !== 'deliver') return
          expect(delivery.sessions.length).toBeGreaterThan(0)
          for (const each of delivery.sessions) expect(each.available && each.priority >= 0).toBe(true)
        },
      ),
    )
  })
})

describe('RFC 6121 §8.5.2.1.2, §8.5.3: presence', () => {
  const sessions = [session('low', -1), session('orchard', 0), session('away', undefined)]
  it.each<[string, PresenceType | undefined, string]>([
    [bare, undefined, 'to low orchard'],
    [bare, 'unavailable', 'to low orchard'],
    [bare, 'error', 'to low orchard'],
    [bare, 'subscribe', 'handle by presence'],
    [bare, 'subscribed', 'handle by presence'],
    [bare, 'unsubscribe', 'handle by presence'],
    [bare, 'unsubscribed', 'handle by presence'],
    [bare, 'probe', 'handle by presence'],
    [`${bare}/orchard`, undefined, 'to orchard'],
    [`${bare}/away`, 'unavailable', 'to away'],
    [`${bare}/orchard`, 'subscribed', 'handle by presence'],
    [`${bare}/orchard`, 'probe', 'handle by presence'],
    [`${bare}/x`, undefined, 'drop'],
    [`${bare}/x`, 'unavailable', 'drop'],
    [`${bare}/x`, 'subscribe', 'handle by presence'],
    [`${bare}/x`, 'subscribed', 'drop'],
    [`${bare}/x`, 'unsubscribe', 'drop'],
    [`${bare}/x`, 'unsubscribed', 'drop'],
    [`${bare}/x`, 'probe', 'handle by presence'],
  ])('to %s of type %s: %s', (to, type, outcome) => expect(send(presenceTo(to, type), sessions)).toBe(outcome))

  it('§8.5.2.2.2: without available resources, "silently ignore"', () => {
    expect(send(presenceTo(bare), [session('away', undefined)])).toBe('drop')
  })

  it.each([undefined, 'unavailable', 'subscribe', 'probe'] as const)(
    '§8.5.1: to no such user, type %s is ignored',
    (type) => expect(words(routeToUnknownAccount(presenceTo(bare, type)))).toBe('drop'),
  )
})

describe('RFC 6121 §8.5.2.1.3, §8.5.3: iq', () => {
  const sessions = [session('orchard', 0)]
  it.each(['get', 'set', 'result', 'error'] as const)(
    'to a bare JID, %s: the server answers for the account',
    (type) => {
      expect(send(iqTo(bare, type), sessions)).toBe('handle by account')
      expect(send(iqTo(bare, type), [])).toBe('handle by account')
    },
  )

  it.each(['result', 'error'] as const)("\"For an IQ stanza of type 'result' or 'error'\" (%s): delivered", (type) =>
    expect(send(iqTo(`${bare}/orchard`, type), sessions)).toBe('to orchard'),
  )

  it.each(['get', 'set'] as const)('a %s from one who does not see the presence: "service-unavailable"', (type) => {
    expect(send(iqTo(`${bare}/orchard`, type), sessions, false)).toBe('service-unavailable')
    expect(send(iqTo(`${bare}/orchard`, type), sessions, true)).toBe('to orchard')
  })

  it('the resources of one account may ask each other', () => {
    const other = parseJid(`${bare}/garden`)
    const stanza = iqTo(`${bare}/orchard`, 'get')
    expect(words(route(stanza, parseJid(`${bare}/orchard`), other, context(sessions)))).toBe('to orchard')
  })

  it('§8.5.3.2.3: no such resource: "service-unavailable", an answer is dropped', () => {
    expect(send(iqTo(`${bare}/x`, 'get'), sessions, true)).toBe('service-unavailable')
    expect(send(iqTo(`${bare}/x`, 'result'), sessions, true)).toBe('drop')
  })

  it('§8.5.1: no such user: the same', () => {
    expect(words(routeToUnknownAccount(iqTo(bare, 'set')))).toBe('service-unavailable')
    expect(words(routeToUnknownAccount(iqTo(bare, 'error')))).toBe('drop')
  })
})

describe('RFC 6121 §8.3, §8.4: domains', () => {
  it.each([
    ['example.net', 'handle by service'],
    ['example.net/x', 'handle by service'],
    ['rooms.example.net', 'handle by service'],
    ['garden@rooms.example.net/romeo', 'handle by service'],
    ['alice@bot.example.net', 'component bot.example.net'],
    ['alice@example.org', 'remote example.org'],
  ])('%s: %s', (to, outcome) => expect(send(messageTo(to, 'chat'), [])).toBe(outcome))
})
