import {
  type Direction,
  HOOK_NAMES,
  type HookName,
  type HookOptions,
  type Hooks,
  STANZA_PHASES,
  type StanzaHandler,
} from './hooks.ts'

interface Entry<Name extends HookName> {
  readonly module: string
  readonly handler: Hooks[Name]
  readonly options: HookOptions
}

type Entries = { [Name in HookName]: Entry<Name>[] }
type Handlers = { readonly [Name in HookName]: readonly Hooks[Name][] }

/** The handlers of one host, sorted by their `after`, ready to be run without a look-up. */
export class HookRegistry {
  readonly #entries = Object.fromEntries(HOOK_NAMES.map((name) => [name, []])) as unknown as Entries

  /** All handlers by hook. */
  handlers: Handlers = sortAll(this.#entries)
  /** The stanza handlers of all phases in order, for stanzas that leave a local sender. */
  outbound: readonly StanzaHandler[] = []
  /** The stanza handlers of all phases in order, for stanzas that reach a local receiver. */
  inbound: readonly StanzaHandler[] = []

  add<Name extends HookName>(name: Name, module: string, handler: Hooks[Name], options: HookOptions = {}): () => void {
    const entry: Entry<Name> = { module, handler, options }
    const entries = this.#entries[name] as Entry<Name>[]
    entries.push(entry)
    this.#refresh()
    return () => {
      const at = entries.indexOf(entry)
      if (at >= 0) entries.splice(at, 1)
      this.#refresh()
    }
  }

  #refresh(): void {
    this.handlers = sortAll(this.#entries)
    this.outbound = this.#stanzaHandlers('outbound')
    this.inbound = this.#stanzaHandlers('inbound')
  }

  #stanzaHandlers(direction: Direction): StanzaHandler[] {
    const applies = ({ options }: Entry<HookName>) => (options.direction ?? direction) === direction
    return STANZA_PHASES.flatMap((phase) =>
      sortByAfter(this.#entries[phase].filter(applies)).map((entry) => entry.handler),
    )
  }
}

function sortAll(entries: Entries): Handlers {
  return Object.fromEntries(
    HOOK_NAMES.map((name) => [name, sortByAfter<HookName>(entries[name]).map((entry) => entry.handler)]),
  ) as unknown as Handlers
}

/** Registration order, but a handler stands behind those of the modules that its `after` names. */
function sortByAfter<Name extends HookName>(entries: readonly Entry<Name>[]): Entry<Name>[] {
  const sorted: Entry<Name>[] = []
  const waiting = [...entries]
  while (waiting.length > 0) {
    const mustWait = (entry: Entry<Name>) =>
      waiting.some((other) => other !== entry && entry.options.after?.includes(other.module))
    const next = waiting.findIndex((entry) => !mustWait(entry))
    if (next < 0)
      throw new Error(`hooks: the \`after\` of ${waiting.map((entry) => entry.module).join(', ')} form a circle`)
    sorted.push(...waiting.splice(next, 1))
  }
  return sorted
}
