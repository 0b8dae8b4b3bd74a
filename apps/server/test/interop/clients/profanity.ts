import type { Element } from '@parlour/xml'
import { until } from '../../support/waiting.ts'
import type {
  CarbonEvent,
  InteropClient,
  MessageErrorEvent,
  MessageEvent,
  PresenceEvent,
  ReceiptEvent,
  RosterItem,
} from '../client.ts'
import { writtenBy } from './profanity-files.ts'
import { ProfanitySession } from './profanity-session.ts'
import {
  ARCHIVE,
  BLOCKING,
  CARBONS,
  itemsOf,
  RECEIPTS,
  ROSTER,
  readCarbon,
  readMessage,
  readMessageError,
  readPresence,
} from './read-stanzas.ts'

const DISCO = 'http://jabber.org/protocol/disco'
/** Profanity's own words for what it is told to do about a subscription. */
const SUBSCRIPTIONS: Readonly<Record<string, string>> = {
  subscribe: 'request',
  subscribed: 'allow',
  unsubscribed: 'deny',
}

/** profanity, and what it can be told to do. */
export class ProfanityClient extends ProfanitySession implements InteropClient {
  readonly #known = new Set<string>()
  #marks = 0

  async message(fits: (message: MessageEvent) => boolean): Promise<MessageEvent> {
    return readMessage(
      await this.log.next('profanity: a message', (stanza, sent) => {
        return !sent && stanza.name === 'message' && stanza.childText('body') !== undefined && fits(readMessage(stanza))
      }),
    )
  }

  async presence({ to, type, show, status = '' }: { to?: string; type?: string; show?: string; status?: string } = {}) {
    // It sends its presence by itself when it has signed in.
    if (!to && !show && !type) return
    if (to) this.type(`/sub ${SUBSCRIPTIONS[type ?? '']} ${to}`)
    else this.type(`/status set ${show ?? 'online'} "${status}"`)
    await this.log.next('profanity: sends presence', (stanza, sent) => {
      const fits = to ? stanza.attribute('type') === type : stanza.childText('show') === show
      return sent && stanza.name === 'presence' && fits
    })
  }

  async presenceFrom(fits: (presence: PresenceEvent) => boolean): Promise<PresenceEvent> {
    return readPresence(
      await this.log.next(`profanity: presence that fits ${fits}`, (stanza, sent) => {
        return !sent && stanza.name === 'presence' && fits(readPresence(stanza))
      }),
    )
  }

  async rosterPush(fits: (item: RosterItem) => boolean): Promise<RosterItem> {
    const stanza = await this.log.next('profanity: a roster push', (each, sent) => {
      return !sent && each.attribute('type') === 'set' && itemsOf(each).some(fits)
    })
    return itemsOf(stanza).find(fits) as RosterItem
  }

  /** What the answer and the pushes so far have made of it. */
  async roster(): Promise<readonly RosterItem[]> {
    const isAnswer = (each: Element, sent: boolean) => !sent && each.attribute('id') === 'roster'
    if (!this.log.stanzas.some(({ stanza, sent }) => isAnswer(stanza, sent))) {
      await this.log.next('profanity: the roster', isAnswer)
    }
    const items = new Map<string, RosterItem>()
    this.log.update()
    for (const { stanza, sent } of this.log.stanzas) {
      for (const item of sent ? [] : itemsOf(stanza)) items.set(item.jid, item)
    }
    return [...items.values()].filter(({ subscription }) => subscription !== 'remove')
  }

  async setRosterItem(jid: string, name: string, groups: readonly string[]): Promise<void> {
    const known = this.#known.has(jid)
    this.#known.add(jid)
    await this.request(`/roster ${known ? 'nick' : 'add'} ${jid} "${name}"`, 'query', ROSTER)
    await this.#rosterHas((item) => item.jid === jid && item.name === name)
    for (const group of groups) {
      await this.request(`/roster group add ${group} "${name}"`, 'query', ROSTER)
      await this.#rosterHas((item) => item.jid === jid && (item.groups?.includes(group) ?? false))
    }
  }

  async #rosterHas(fits: (item: RosterItem) => boolean): Promise<void> {
    await until(async () => (await this.roster()).some(fits), 45_000, 'profanity: its roster has the item')
  }

  async removeRosterItem(jid: string): Promise<void> {
    await this.request(`/roster remove ${jid}`, 'query', ROSTER)
    await this.rosterPush((item) => item.jid === jid && item.subscription === 'remove')
  }

  async disco(to: string) {
    const info = (await this.request(`/disco info ${to}`, 'query', `${DISCO}#info`)).child()
    const children = info?.elements() ?? []
    return {
      features: children.flatMap((child) => child.attribute('var') ?? []),
      identities: children
        .filter(({ name }) => name === 'identity')
        .map((child) => [child.attribute('category') ?? '', child.attribute('type') ?? '']),
    }
  }

  async discoItems(to: string): Promise<readonly string[]> {
    const items = (await this.request(`/disco items ${to}`, 'query', `${DISCO}#items`)).child()
    return items?.elements().flatMap((child) => child.attribute('jid') ?? []) ?? []
  }

  async ping(to: string): Promise<void> {
    // It asks resources whose features it knows, and its own server when it is told no address.
    if (to.includes('@')) {
      await this.log.next(`profanity: knows the features of ${to}`, (stanza, sent) => {
        return !sent && stanza.attribute('from') === to && stanza.child('query', `${DISCO}#info`) !== undefined
      })
    }
    await this.request(to.includes('@') ? `/ping ${to}` : '/ping', 'ping', 'urn:xmpp:ping')
  }

  async lastActivity(of: string): Promise<{ seconds: number }> {
    const answer = await this.request(`/lastactivity get ${of}`, 'query', 'jabber:iq:last')
    return { seconds: Number(answer.child()?.attribute('seconds')) }
  }

  async changePassword(_username: string, password: string): Promise<void> {
    this.type('/changepassword')
    this.type(password)
    await this.request(password, 'query', 'jabber:iq:register')
  }

  async messageError(fits: (error: MessageErrorEvent) => boolean): Promise<MessageErrorEvent> {
    const stanza = await this.log.next('profanity: a message that came back', (each, sent) => {
      const error = sent ? undefined : readMessageError(each)
      return error !== undefined && fits(error)
    })
    return readMessageError(stanza) as MessageErrorEvent
  }

  async sendWithReceipt(to: string, body: string): Promise<string> {
    this.type('/receipts request on')
    this.type(`/msg ${to} ${body}`)
    const message = await this.log.next('profanity: asks for a receipt', (stanza, sent) => {
      return sent && stanza.childText('body') === body && stanza.child('request', RECEIPTS) !== undefined
    })
    return message.attribute('id') ?? ''
  }

  async receipt(fits: (receipt: ReceiptEvent) => boolean): Promise<ReceiptEvent> {
    const read = (stanza: Element) => {
      const of = stanza.child('received', RECEIPTS)?.attribute('id')
      return of === undefined ? undefined : { of, from: stanza.attribute('from') ?? '' }
    }
    const stanza = await this.log.next('profanity: a receipt', (each, sent) => {
      const receipt = sent ? undefined : read(each)
      return receipt !== undefined && fits(receipt)
    })
    return read(stanza) as ReceiptEvent
  }

  async block(jid: string): Promise<void> {
    // Before it knows that the server can, it asks for nothing.
    await this.log.line(/RECV: <iq [^>]*from="[^"@]+"[^>]*><query [^>]*disco#info".*urn:xmpp:blocking/)
    await this.request(`/blocked add ${jid}`, 'block', BLOCKING)
  }

  async unblock(jid: string): Promise<void> {
    await this.request(`/blocked remove ${jid}`, 'unblock', BLOCKING)
  }

  /** What it shows, between two commands that it does not know. */
  async blocked(): Promise<readonly string[]> {
    const [before, behind] = [`/before${++this.#marks}`, `/behind${this.#marks}`]
    for (const command of ['/win 1', before, '/blocked', behind]) this.type(command)
    const shown = new RegExp(`${before}\\b([^]*)${behind}\\b`)
    const [, list = ''] = await until(
      () => this.terminal?.screen().match(shown) ?? undefined,
      45_000,
      'profanity: whom it has blocked',
    )
    return [...list.matchAll(/-\s+(\S+@\S+)/g)].map(([, jid = '']) => jid)
  }

  /** It asks for the last week of a conversation when that is opened, and shows what it gets, some of it twice. */
  async history(other: string): Promise<readonly string[]> {
    await this.log.line(/RECV: <iq [^>]*from="[^"@]+"[^>]*><query [^>]*disco#info".*urn:xmpp:mam:2/)
    this.type('/mam on')
    await this.request(`/msg ${other}`, 'query', ARCHIVE)
    const ids = this.log.stanzas.map(({ stanza, sent }) => !sent && stanza.child('result', ARCHIVE)?.attribute('id'))
    // It asks a second time for the same, and the answer to that may be here already.
    const results = new Set(ids.filter(Boolean))
    const shown = () => {
      const lines = this.terminal?.screen().match(/ - [^:\n]+: [^\n]+/g) ?? []
      return new Set(lines.map((line) => line.replace(/^[^:]*: /, '').trimEnd()))
    }
    await until(() => shown().size >= results.size, 45_000, 'profanity: shows all that it got')
    return [...shown()]
  }

  async enableCarbons(): Promise<void> {
    await this.request('/carbons on', 'enable', CARBONS)
  }

  /** It has kept the copy with its conversation. */
  async carbon(fits: (carbon: CarbonEvent) => boolean): Promise<CarbonEvent> {
    const stanza = await this.log.next('profanity: a copy', (each, sent) => {
      const carbon = sent ? undefined : readCarbon(each)
      return carbon !== undefined && fits(carbon)
    })
    const carbon = readCarbon(stanza) as CarbonEvent
    await until(() => writtenBy(this.folder).includes(carbon.body), 45_000, 'profanity: keeps the copy')
    return carbon
  }
}
