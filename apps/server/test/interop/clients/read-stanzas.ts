import type { Element } from '@parlour/xml'
import type { CarbonEvent, MessageErrorEvent, MessageEvent, PresenceEvent, RosterItem } from '../client.ts'

export const ROSTER = 'jabber:iq:roster'
export const BLOCKING = 'urn:xmpp:blocking'
export const ARCHIVE = 'urn:xmpp:mam:2'
export const RECEIPTS = 'urn:xmpp:receipts'
export const CARBONS = 'urn:xmpp:carbons:2'

export function readMessage(stanza: Element): MessageEvent {
  const delayed = stanza.child('delay', 'urn:xmpp:delay')?.attribute('stamp') ?? null
  return { from: stanza.attribute('from') ?? '', body: stanza.childText('body') ?? '', delayed }
}

export function readMessageError(stanza: Element): MessageErrorEvent | undefined {
  if (stanza.name !== 'message' || stanza.attribute('type') !== 'error') return undefined
  const error = stanza.elements().find(({ name }) => name === 'error')
  const [condition, ...others] = error?.elements() ?? []
  const text = others.find(({ name }) => name === 'text')?.text() ?? ''
  return { from: stanza.attribute('from') ?? '', condition: condition?.name ?? '', text }
}

export function readCarbon(stanza: Element): CarbonEvent | undefined {
  for (const direction of ['sent', 'received'] as const) {
    const copied = stanza.child(direction, CARBONS)?.child('forwarded', 'urn:xmpp:forward:0')?.elements()
    const message = copied?.find(({ name }) => name === 'message')
    if (message) return { ...readMessage(message), to: message.attribute('to') ?? '', direction }
  }
  return undefined
}

export function readPresence(stanza: Element): PresenceEvent {
  const [show, status] = [stanza.childText('show') ?? '', stanza.childText('status') ?? '']
  return { from: stanza.attribute('from') ?? '', type: stanza.attribute('type') ?? 'available', show, status }
}

export function itemsOf(stanza: Element): RosterItem[] {
  const query = stanza.child('query', ROSTER)
  return (query?.elements() ?? []).map((item) => ({
    jid: item.attribute('jid') ?? '',
    subscription: item.attribute('subscription') ?? 'none',
    name: item.attribute('name') ?? '',
    ask: item.attribute('ask') ?? '',
    groups: item.elements().map((group) => group.text()),
  }))
}
