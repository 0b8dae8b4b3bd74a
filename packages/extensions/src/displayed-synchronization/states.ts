import { defineService, type ModuleHost, type ModuleStore, type Service } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import { copyString } from '@parlour/xml'
import type { DisplayedState } from './wire.ts'

/** Accounts whose states are in memory. */
const REMEMBERED_ACCOUNTS = 1000
/** Of an address, and of an id (RFC 7622 §3.1; XEP-0359 says nothing). */
const MAX_ADDRESS_LENGTH = 3071
const MAX_ID_LENGTH = 256

/** A change of what an account has seen. */
export interface DisplayedChange {
  /** The bare JID of the account. */
  readonly account: string
  readonly state: DisplayedState
}

/** What the module offers to others: what was seen, and the news of it. */
export interface DisplayedStates {
  list(account: string): Promise<readonly DisplayedState[]>
  /** Hears of each change, once it is durable. @returns takes the listener out again */
  onChange(listener: (change: DisplayedChange) => void): () => void
}

/** @example host.use(displayedStates).onChange(({ account, state }) => …) */
export const displayedStates: Service<DisplayedStates> = defineService('displayed-states')

/** How the states of an account are kept: under the conversation, a record each. */
type States = Map<string, DisplayedState>

/** The states of all accounts, on disk; in memory those that were asked for lately. */
export class StoredStates implements DisplayedStates {
  readonly #store: ModuleStore
  /** Of one account. */
  readonly maxConversations: number
  readonly #known = new Map<string, Promise<States>>()
  readonly #listeners = new Set<(change: DisplayedChange) => void>()

  constructor(host: Pick<ModuleHost, 'store'>, maxConversations: number) {
    this.#store = host.store('states')
    this.maxConversations = maxConversations
  }

  async list(account: string): Promise<readonly DisplayedState[]> {
    return [...(await this.#of(account)).values()]
  }

  onChange(listener: (change: DisplayedChange) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** What has to be committed for a state to be the present one; then call {@link changed}. @throws StanzaError when there is no room */
  async write(account: string, state: DisplayedState): Promise<Write> {
    const { conversation, message } = state
    const isLong = [conversation, message.by].some(({ length }) => length > MAX_ADDRESS_LENGTH)
    if (isLong || message.id.length > MAX_ID_LENGTH)
      throw new StanzaError('not-acceptable', 'the address or the id is too long')
    const states = await this.#of(account)
    if (!states.has(conversation) && states.size >= this.maxConversations)
      throw new StanzaError('resource-constraint', `at most ${this.maxConversations} conversations`)
    return this.#store.write(account, { ...message }, conversation)
  }

  /** A state is durable. */
  async changed(account: string, state: DisplayedState): Promise<void> {
    const states = await this.#of(account)
    states.delete(state.conversation)
    states.set(...kept(state))
    for (const listener of this.#listeners) listener({ account, state })
  }

  async remove(account: string, conversations: readonly string[]): Promise<void> {
    for (const conversation of conversations) await this.#store.put(account, undefined, conversation)
    const states = await this.#of(account)
    for (const conversation of conversations) states.delete(conversation)
  }

  forget(account: string): void {
    this.#known.delete(account)
  }

  #of(account: string): Promise<States> {
    const known = this.#known.get(account)
    if (known) return known
    const loading = this.#load(account)
    this.#known.set(account, loading)
    loading.catch(() => this.#known.delete(account))
    if (this.#known.size > REMEMBERED_ACCOUNTS) this.#known.delete(this.#known.keys().next().value as string)
    return loading
  }

  async #load(account: string): Promise<States> {
    const records = await this.#store.list(account)
    return new Map(
      Array.from(records, ([conversation, message]) => [conversation, { conversation, message: message as never }]),
    )
  }
}

/** As it stays in memory: without the stanza that it came in. */
function kept({ conversation, message: { id, by } }: DisplayedState): [conversation: string, state: DisplayedState] {
  const key = copyString(conversation)
  return [key, { conversation: key, message: { id: copyString(id), by: copyString(by) } }]
}
