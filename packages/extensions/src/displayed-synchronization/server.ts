/**
 * XEP-0490: Message Displayed Synchronization, version 1.0.1: how far each conversation was seen, for all devices of the
 * account. The node is served as XEP-0490 §4 needs it, without the rest of publish-subscribe.
 */
import { parseJid } from '@parlour/jid'
import { defineServerModule, type IqRequest, type ModuleHost, type StanzaEvent } from '@parlour/server-core'
import { Message, readStanza, StanzaError } from '@parlour/stanza'
import { beginningOf, type Element, el } from '@parlour/xml'
import * as v from 'valibot'
import { findDataForm } from '../data-forms/wire.ts'
import { noteInterest } from '../session-interest.ts'
import { displayedParts } from './portable.ts'
import { type DisplayedChange, displayedStates, StoredStates } from './states.ts'
import {
  assistElement,
  DISPLAYED_NAMESPACE,
  DISPLAYED_NODE_OPTIONS,
  type DisplayedState,
  displayedEvent,
  displayedItemsElement,
  PUBSUB_NAMESPACE,
  readDisplayedState,
  SERVER_ASSIST_FEATURE,
  withoutAssist,
} from './wire.ts'

export { type DisplayedChange, type DisplayedStates, displayedStates } from './states.ts'

const configuration = v.strictObject({
  maxConversations: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1000),
    v.description('conversations of one account of which it is kept how far they were seen'),
  ),
})

/**
 * The name under which a session remembers that it has asked for the states, and so gets their changes: without
 * capabilities (XEP-0163 §4) nothing else tells.
 */
const INTEREST = 'displayed-states'

type Host = ModuleHost<v.InferOutput<typeof configuration>>

export const displayedSynchronizationServer = defineServerModule({
  name: 'displayed-synchronization',
  implements: [{ xep: 490, version: '1.0.1' }],
  config: configuration,
  setup(host) {
    const states = new StoredStates(host, host.config.maxConversations)
    const node = new DisplayedNode(host, states)
    const forget = (account: { toString(): string }) => states.forget(account.toString())
    return [
      ...displayedParts(host, states).map((part) => host.portable(part)),
      host.discovery.advertise(SERVER_ASSIST_FEATURE, 'account'),
      host.iq.get(PUBSUB_NAMESPACE, 'pubsub', (request) => node.items(request)),
      host.iq.set(PUBSUB_NAMESPACE, 'pubsub', (request) => node.change(request)),
      // §5.2: "MUST happen before the message is stored in the archive … and before it is reflected back".
      host.on('rewrite', node.assist, { direction: 'outbound' }),
      host.on('accountCreated', forget),
      host.on('accountRemoved', forget),
      host.provide(displayedStates, states),
      states.onChange((change) => node.notify(change)),
    ]
  },
})

class DisplayedNode {
  readonly #host: Host
  readonly #states: StoredStates

  constructor(host: Host, states: StoredStates) {
    this.#host = host
    this.#states = states
  }

  /** §4.4: all of them, those named, or the latest `max_items`. */
  async items({ to, payload, session }: IqRequest): Promise<Element> {
    const items = ownNode(payload.child('items'))
    const wanted = new Set(items.childrenNamed('item').flatMap((item) => item.attribute('id') ?? []))
    const all = await this.#states.list(to.toString())
    if (session) noteInterest(session, INTEREST)
    const found = wanted.size > 0 ? all.filter(({ conversation }) => wanted.has(conversation)) : all
    const max = maxItems(items) ?? found.length
    return displayedItemsElement(max === 0 ? [] : found.slice(-max))
  }

  async change({ to, payload, session }: IqRequest): Promise<Element | undefined> {
    const account = to.toString()
    if (session) noteInterest(session, INTEREST)
    const retraction = payload.child('retract')
    if (retraction) {
      const conversations = ownNode(retraction)
        .childrenNamed('item')
        .flatMap((item) => item.attribute('id') ?? [])
      await this.#states.remove(account, conversations)
      return undefined
    }
    const state = readPublication(ownNode(payload.child('publish')))
    checkOptions(payload.child('publish-options'))
    await this.#host.commit([await this.#states.write(account, state)])
    await this.#states.changed(account, state)
    const item = el('item', PUBSUB_NAMESPACE, { id: state.conversation })
    return el('pubsub', PUBSUB_NAMESPACE, {}, el('publish', PUBSUB_NAMESPACE, { node: DISPLAYED_NAMESPACE }, item))
  }

  /** §4.5.3: "MUST strip the <displayed/> element from the message and continue to process it normally". */
  readonly assist = (event: StanzaEvent): undefined | Promise<undefined> => {
    const { stanza, session } = event
    if (stanza.kind !== 'message') return undefined
    const displayed = assistElement(stanza.element)
    if (!displayed) return undefined
    event.stanza = new Message(withoutAssist(stanza.element))
    const message = readDisplayedState(displayed)
    const conversation = stanza.element.attribute('to')
    if (!session || !message || !conversation || stanza.type === 'error') return undefined
    return this.#publish(event, session.account, { conversation, message })
  }

  notify({ account, state }: DisplayedChange): void {
    for (const session of this.#host.sessions(parseJid(account))) {
      if (!session.remembered.has(INTEREST)) continue
      const event = displayedEvent(state, account, session.jid, this.#host.randomHex(8))
      this.#host.deliver(readStanza(event), session)
    }
  }

  /** Committed with what the message itself stores. That there is no room for it is no reason to refuse the message. */
  async #publish(event: StanzaEvent, account: string, state: DisplayedState): Promise<undefined> {
    try {
      const write = await this.#states.write(account, state)
      event.store([write], (error) => {
        if (error === undefined) this.#changed(account, state)
      })
    } catch (error) {
      if (!(error instanceof StanzaError)) throw error
      this.#host.log.warn({ account, error }, 'how far a conversation was seen is not kept')
    }
    return undefined
  }

  /** It is stored: that others cannot be told now does not undo it. */
  #changed(account: string, state: DisplayedState): void {
    this.#states.changed(account, state).catch((error: unknown) => {
      this.#host.log.error({ account, error }, 'how far a conversation was seen could not be told')
    })
  }
}

/** XEP-0060 §6.5.7. `undefined`: all. */
function maxItems(items: Element): number | undefined {
  const text = items.attribute('max_items')
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new StanzaError('bad-request', `max_items is no number: ${beginningOf(text, 20)}`)
  return Number(text)
}

/** Of publish-subscribe there is this one node. */
function ownNode(element: Element | undefined): Element {
  if (element?.attribute('node') === DISPLAYED_NAMESPACE) return element
  throw new StanzaError('service-unavailable')
}

function readPublication(publish: Element): DisplayedState {
  const [item, ...others] = publish.childrenNamed('item')
  const conversation = item?.attribute('id')
  const message = readDisplayedState(item?.child('displayed', DISPLAYED_NAMESPACE))
  if (!conversation || !message || others.length > 0)
    throw new StanzaError('bad-request', 'one item with one <displayed/> is expected (XEP-0490 §4.2)')
  return { conversation, message }
}

/** XEP-0060 §7.1.5: what the publisher insists on, and the node is not, refuses the item. */
function checkOptions(options: Element | undefined): void {
  const form = options && findDataForm(options)
  for (const { name = '', values = [] } of form?.fields ?? []) {
    const actual = DISPLAYED_NODE_OPTIONS.get(name)
    const isMet = actual === undefined || values[0] === actual || (values[0] === '1' && actual === 'true')
    if (isMet) continue
    const application = el('precondition-not-met', 'http://jabber.org/protocol/pubsub#errors')
    throw new StanzaError('conflict', `${name} is ${actual}`, { application })
  }
}
