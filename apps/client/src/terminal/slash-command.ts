import type { Client, PresenceApi, Roster } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import type { Show } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import type { Change } from './changes.ts'
import type { ChatModel } from './chat-model.ts'
import type { History } from './history.ts'

/** The part of a chat that commands work with. */
export interface CommandTarget {
  readonly client: Client
  readonly roster: Roster
  readonly presence: PresenceApi
  readonly model: ChatModel
  readonly history: History
  /** Says something in the conversation being looked at. */
  note(text: string): void
  /** Sends text to the contact being talked with. */
  say(text: string): Promise<void>
  /** Sends something that changes what was said; `stanza` gets the id for it, and whom it goes to. */
  change(change: Change, stanza: (id: string, to: Jid) => Element): void
  setPresence(own: { show?: Show | undefined; status?: string | undefined }): Promise<void>
  quit(): void
}

/** One command of the interactive client. */
export interface SlashCommand {
  /** With the slash. */
  readonly name: string
  /** Arguments for people, such as `<address> [name]`. */
  readonly usage: string
  readonly summary: string
  /** What Tab offers for argument number `index`, from 0. */
  complete?(chat: CommandTarget, index: number): readonly string[]
  /** A rejection is shown. `text` is what stands behind the name. */
  run(chat: CommandTarget, text: string): Promise<void> | void
}

/** The first word, and what stands behind it. */
export function firstWord(text: string): { word: string; rest: string } {
  const [, word = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*)$/.exec(text) ?? []
  return { word, rest: rest.trimEnd() }
}
