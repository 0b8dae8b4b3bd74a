/** XEP-0050: Ad-Hoc Commands, version 1.3.0: lists and executes the commands of others. */
import { type Client, defineClientExtension, type IqOptions } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import type { DataForm } from '../data-forms/wire.ts'
import { discoItemsRequest, readDiscoItems } from '../disco/wire.ts'
import {
  COMMANDS_NAMESPACE,
  type CommandAction,
  type CommandRequest,
  type CommandResponse,
  commandRequestElement,
  readCommandResponse,
} from './wire.ts'

export interface OfferedCommand {
  readonly node: string
  readonly name: string
}

/** An execution under way, or over. Its methods reject as every request does. */
export interface CommandExecution {
  /** What the responder said last. */
  readonly response: CommandResponse
  /** Goes on; which way by {@link CommandResponse.directions}. */
  proceed(action: Exclude<CommandAction, 'cancel'>, form?: DataForm, options?: IqOptions): Promise<CommandResponse>
  /** Gives it up (XEP-0050 §2.4.3). */
  cancel(options?: IqOptions): Promise<CommandResponse>
}

export interface CommandsApi {
  /** The commands that an entity offers to this client; of the own server without an address. */
  list(to?: Jid | string, options?: IqOptions): Promise<readonly OfferedCommand[]>
  /** Begins to execute a command. */
  execute(to: Jid | string, node: string, options?: IqOptions): Promise<CommandExecution>
}

/** @example const execution = await client.use(commandsClient).execute('example.com', 'config') */
export const commandsClient = defineClientExtension<CommandsApi>({
  name: 'commands',
  implements: { xep: 50, version: '1.3.0' },
  setup: (client) => ({
    async list(to = client.jid.domain, options = {}) {
      const answer = await client.iq.get(discoItemsRequest(COMMANDS_NAMESPACE), { ...options, to })
      // §5: "any command node that does not match the JID of the responder" is to be ignored.
      return (answer ? readDiscoItems(answer) : []).flatMap(({ jid, node, name }) =>
        node !== undefined && jid === to.toString() ? [{ node, name: name ?? node }] : [],
      )
    },
    async execute(to, node, options = {}) {
      const execution = new Execution(client, to, node)
      await execution.request({ node }, options)
      return execution
    },
  }),
})

class Execution implements CommandExecution {
  readonly #client: Client
  readonly #to: Jid | string
  readonly #node: string
  #response: CommandResponse

  constructor(client: Client, to: Jid | string, node: string) {
    this.#client = client
    this.#to = to
    this.#node = node
    this.#response = { node, sessionId: '', status: 'executing' }
  }

  get response(): CommandResponse {
    return this.#response
  }

  proceed(action: CommandAction, form?: DataForm, options: IqOptions = {}): Promise<CommandResponse> {
    const { sessionId } = this.#response
    // §3.5.1: "The requester SHOULD NOT use a type other than submit".
    const submitted = form && { ...form, type: 'submit' as const }
    return this.request({ node: this.#node, sessionId, action, ...(submitted ? { form: submitted } : {}) }, options)
  }

  cancel(options?: IqOptions): Promise<CommandResponse> {
    return this.proceed('cancel', undefined, options)
  }

  /** @internal */
  async request(request: CommandRequest, options: IqOptions): Promise<CommandResponse> {
    const answer = await this.#client.iq.set(commandRequestElement(request), { ...options, to: this.#to })
    const response = answer && readCommandResponse(answer)
    if (!response) throw new StanzaError('undefined-condition', 'the answer is not that of a command')
    this.#response = response
    return response
  }
}
