import type { Jid } from '@parlour/jid'
import {
  type ImportMode,
  type ImportOutcome,
  isArchiveId,
  type ModuleHost,
  type PortablePart,
} from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import { type Element, el } from '@parlour/xml'
import { dataFormElement } from '../data-forms/wire.ts'
import type { StoredStates } from './states.ts'
import {
  DISPLAYED_NAMESPACE,
  DISPLAYED_NODE_OPTIONS,
  type DisplayedState,
  displayedItemsElement,
  PUBSUB_NAMESPACE,
  readDisplayedItem,
} from './wire.ts'

const OWNER_NAMESPACE = `${PUBSUB_NAMESPACE}#owner`
const NODE_CONFIG_FORM = 'http://jabber.org/protocol/pubsub#node_config'
const LONGEST_SHOWN_NODE = 100

type Host = Pick<ModuleHost, 'commit'>

/**
 * The node of an account as PEP has it (XEP-0227 §4.10): its configuration, and its items. Of publish-subscribe there is this
 * one node; the items of others are told as left out.
 */
export function displayedParts(host: Host, states: StoredStates): readonly PortablePart[] {
  const hasAny = async (account: Jid) => (await states.list(account.toString())).length > 0
  const configurations: PortablePart = {
    title: 'PEP nodes',
    element: { name: 'pubsub', namespace: OWNER_NAMESPACE },
    isContainer: true,
    export: async (account) => ((await hasAny(account)) ? [configureElement()] : []),
    // §4.10.1: options may be passed over. Ours cannot be changed, and what has no place is told with its items.
    import: () => ({ take: () => [] }),
  }
  const items: PortablePart = {
    title: 'PEP items',
    element: { name: 'pubsub', namespace: PUBSUB_NAMESPACE },
    isContainer: true,
    async export(account) {
      const all = await states.list(account.toString())
      return all.length > 0 ? displayedItemsElement(all).elements() : []
    },
    import: (account, mode) => ({
      take: (element) =>
        element.attribute('node') === DISPLAYED_NAMESPACE
          ? new StatesImport(host, states, account.toString(), mode).take(element)
          : element.elements().map(() => leftOut(element.attribute('node') ?? '')),
    }),
  }
  return [configurations, items]
}

function configureElement(): Element {
  const fields = Array.from(DISPLAYED_NODE_OPTIONS, ([name, value]) => ({ name, values: [value] }))
  const form = dataFormElement({ type: 'form', formType: NODE_CONFIG_FORM, fields })
  return el('configure', OWNER_NAMESPACE, { node: DISPLAYED_NAMESPACE }, form)
}

const leftOut = (node: string): ImportOutcome => ({
  result: 'left out',
  reason: `there is no place yet for what is in ${node.slice(0, LONGEST_SHOWN_NODE)}`,
})

/** Takes the states of one account over, all in one commit. */
class StatesImport {
  readonly #host: Host
  readonly #states: StoredStates
  readonly #account: string
  readonly #mode: ImportMode
  readonly #writes: Write[] = []
  readonly #taken: DisplayedState[] = []

  constructor(host: Host, states: StoredStates, account: string, mode: ImportMode) {
    this.#host = host
    this.#states = states
    this.#account = account
    this.#mode = mode
  }

  async take(items: Element): Promise<readonly ImportOutcome[]> {
    const known = new Map((await this.#states.list(this.#account)).map((state) => [state.conversation, state]))
    const outcomes: ImportOutcome[] = []
    for (const item of items.elements()) outcomes.push(await this.#takeItem(item, known))
    if (this.#mode.isTrial || this.#writes.length === 0) return outcomes
    await this.#host.commit(this.#writes)
    for (const state of this.#taken) await this.#states.changed(this.#account, state)
    return outcomes
  }

  async #takeItem(item: Element, known: Map<string, DisplayedState>): Promise<ImportOutcome> {
    const state = readDisplayedItem(item)
    if (!state) return { result: 'refused', reason: 'an item that does not say what was displayed' }
    const { by, id } = state.message
    if (by === this.#account && !isArchiveId(id))
      return { result: 'left out', reason: 'how far a conversation was read, by an id that its message has no more' }
    const before = known.get(state.conversation)?.message
    if (before?.id === id && before.by === by) return 'unchanged'
    if (before && !this.#mode.replaces) return { result: 'kept', reason: 'another message was displayed last' }
    const reason = await this.#place(state, known)
    if (reason !== undefined) return { result: 'refused', reason }
    return before ? 'replaced' : 'added'
  }

  /** @returns why it cannot be */
  async #place(state: DisplayedState, known: Map<string, DisplayedState>): Promise<string | undefined> {
    const { maxConversations } = this.#states
    if (!known.has(state.conversation) && known.size >= maxConversations)
      return `at most ${maxConversations} conversations`
    try {
      this.#writes.push(await this.#states.write(this.#account, state))
    } catch (error) {
      if (error instanceof StanzaError) return error.text ?? error.condition
      throw error
    }
    this.#taken.push(state)
    known.set(state.conversation, state)
    return undefined
  }
}
