import type { Jid } from '@parlour/jid'
import { defineService, type Service } from '@parlour/server-core'
import type { DataForm } from '../data-forms/wire.ts'
import type { CommandNote } from './wire.ts'

/** Who executes a command. */
export interface CommandContext {
  /** The full JID to which the execution is bound. */
  readonly from: Jid
  /** The language of the request, if it has one (XEP-0050 §3.7). */
  readonly lang: string | undefined
}

/** Goes on from a stage with the form that was submitted (without one: with an empty form). */
export type CommandHandler = (form: DataForm, context: CommandContext) => CommandStage | Promise<CommandStage>

/** What the requester is shown next. */
export type CommandStage =
  /** The end. A failure needs at least one note of type `error` (XEP-0050 §3.6). */
  | { readonly status: 'completed'; readonly form?: DataForm; readonly notes?: readonly CommandNote[] }
  /** A form to be filled in. `next` and `complete` say where it leads; the framework goes back by itself. */
  | {
      readonly status: 'executing'
      readonly form: DataForm
      readonly notes?: readonly CommandNote[]
      readonly next?: CommandHandler
      readonly complete?: CommandHandler
    }

/** A command of the server's (XEP-0050 §2.2). */
export interface Command {
  /** Unique on the server. */
  readonly node: string
  /** For people to read. */
  readonly name: string
  /**
   * Who may see and execute it, asked at every stage. `'account'`: the domain's own accounts.
   */
  readonly access: 'account' | ((from: Jid) => boolean | Promise<boolean>)
  /** The first stage. May throw a StanzaError. */
  start(context: CommandContext): CommandStage | Promise<CommandStage>
}

/** What the module `commands` offers to others. */
export interface Commands {
  /** @throws Error when the node is taken. */
  add(command: Command): () => void
}

/** @example host.use(commands).add({ node: 'uptime', name: 'Uptime', access: 'account', start: () => ({ status: 'completed', … }) }) */
export const commands: Service<Commands> = defineService('commands')
