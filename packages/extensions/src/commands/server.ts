/** XEP-0050: Ad-Hoc Commands, version 1.3.0: a frame into which modules put the commands of the server. */
import type { Jid } from '@parlour/jid'
import { defineServerModule, type IqRequest, type ModuleHost } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import * as v from 'valibot'
import { DATA_FORM_NAMESPACE, type DataForm } from '../data-forms/wire.ts'
import { type DiscoNode, discoNodes } from '../disco/nodes.ts'
import type { DiscoItem } from '../disco/wire.ts'
import { changePassword } from './change-password.ts'
import { type Command, type CommandContext, type CommandStage, type Commands, commands } from './command.ts'
import { type Execution, Executions } from './executions.ts'
import { ownDevices, revokeDevice } from './own-devices.ts'
import { ownSessions } from './own-sessions.ts'
import {
  COMMANDS_NAMESPACE,
  type CommandDirection,
  type CommandRequest,
  commandError,
  commandResponseElement,
  readCommandRequest,
} from './wire.ts'

export {
  type Command,
  type CommandContext,
  type CommandHandler,
  type CommandStage,
  type Commands,
  commands,
} from './command.ts'

const count = (fallback: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), fallback)

const configuration = v.strictObject({
  maxPerAccount: v.pipe(count(5), v.description('commands that one account has under way')),
  max: v.pipe(count(1000), v.description('commands that all accounts have under way')),
  timeoutSeconds: v.pipe(count(600), v.description('time to fill in a form')),
  minPasswordLength: v.pipe(count(8), v.description('characters of a new password')),
})

type Host = ModuleHost<v.InferOutput<typeof configuration>>

const MAX_STAGES = 50
const EMPTY_FORM: DataForm = { type: 'submit', fields: [] }

export const commandsServer = defineServerModule({
  name: 'commands',
  implements: [
    { xep: 50, version: '1.3.0' },
    { xep: 4, version: '2.13.2' },
  ],
  requires: ['disco'],
  config: configuration,
  setup(host) {
    const frame = new CommandFrame(host)
    const disco = host.use(discoNodes)
    return [
      host.discovery.advertise(COMMANDS_NAMESPACE),
      disco.addNode(COMMANDS_NAMESPACE, frame.list),
      host.iq.set(COMMANDS_NAMESPACE, 'command', (request) => frame.execute(request), {
        target: 'server',
        access: 'anyone',
      }),
      host.on('sessionClosed', (session) => frame.sessionClosed(session.jid)),
      host.provide(commands, frame),
      frame.add(ownSessions(host)),
      frame.add(ownDevices(host)),
      frame.add(revokeDevice(host)),
      frame.add(changePassword(host, host.config.minPasswordLength)),
      () => frame.close(),
    ]
  },
})

class CommandFrame implements Commands {
  readonly #host: Host
  readonly #commands = new Map<string, Command>()
  readonly #executions: Executions

  constructor(host: Host) {
    this.#host = host
    this.#executions = new Executions(host, host.config)
  }

  /** XEP-0050 §2.2: everybody sees what everybody may execute. */
  readonly list: DiscoNode = {
    info: () => ({
      identities: [{ category: 'automation', type: 'command-list', name: 'Commands' }],
      features: [COMMANDS_NAMESPACE],
      extensions: [],
    }),
    items: async ({ from }) => {
      const items: DiscoItem[] = []
      for (const command of this.#commands.values())
        if (await this.#mayExecute(command, from))
          items.push({ jid: this.#host.domain, node: command.node, name: command.name })
      return items
    },
  }

  add(command: Command): () => void {
    const removeNode = this.#host.use(discoNodes).addNode(command.node, this.#node(command))
    this.#commands.set(command.node, command)
    return () => {
      removeNode()
      this.#commands.delete(command.node)
    }
  }

  /** XEP-0050 §2.4. */
  async execute({ payload, from, iq }: IqRequest): Promise<Element> {
    const request = readCommandRequest(payload)
    const command = this.#commands.get(request.node)
    if (!command) throw new StanzaError('item-not-found', 'there is no such command')
    // The permission may have gone since the last stage.
    await this.#assertMayExecute(command, from)
    const context: CommandContext = { from, lang: payload.attribute('xml:lang') ?? iq.lang }
    return request.sessionId === undefined
      ? this.#start(command, request, context)
      : this.#proceed({ ...request, sessionId: request.sessionId }, context)
  }

  sessionClosed(jid: Jid): void {
    this.#executions.endOf(jid.toString())
  }

  close(): void {
    this.#executions.clear()
  }

  async #start(
    command: Command,
    { node, action = 'execute' }: CommandRequest,
    context: CommandContext,
  ): Promise<Element> {
    if (action !== 'execute') throw commandError('bad-action', 'the command has not begun')
    const stage = await command.start(context)
    if (stage.status === 'completed') return respond({ id: this.#executions.newId(), node }, stage)
    const execution = this.#executions.begin(node, context.from.toString())
    execution.stages.push(stage)
    return respond(execution, stage, directionsOf(execution))
  }

  async #proceed(request: CommandRequest & { readonly sessionId: string }, context: CommandContext): Promise<Element> {
    const { node, sessionId, action = 'execute', form = EMPTY_FORM } = request
    const execution = this.#executions.find(sessionId, node, context.from.toString())
    if (action === 'cancel') {
      this.#executions.end(execution)
      return commandResponseElement({ node, sessionId, status: 'canceled' })
    }
    const directions = directionsOf(execution)
    const direction = action === 'execute' ? defaultOf(directions) : action
    if (!directions.includes(direction)) throw commandError('bad-action', `${action} is not possible here`)
    if (direction === 'prev') execution.stages.pop()
    else await this.#advance(execution, direction, form, context)
    return this.#show(execution)
  }

  async #advance(
    execution: Execution,
    direction: 'next' | 'complete',
    form: DataForm,
    context: CommandContext,
  ): Promise<void> {
    const stage = execution.stages.at(-1)
    const handler = stage?.status === 'executing' ? stage[direction] : undefined
    if (!handler) throw commandError('bad-action', `${direction} is not possible here`)
    // XEP-0050 §3.5.1: "Responders SHOULD consider any <x type='cancel'/> to be <x type='submit'/>".
    const following = await handler({ ...form, type: 'submit' }, context)
    // A second request for the same stage came in between.
    if (execution.stages.at(-1) !== stage) throw commandError('bad-action', 'this stage is over')
    if (execution.stages.length >= MAX_STAGES) execution.stages.shift()
    execution.stages.push(following)
  }

  #show(execution: Execution): Element {
    const stage = execution.stages.at(-1) as CommandStage
    if (stage.status === 'completed') this.#executions.end(execution)
    else this.#executions.touch(execution)
    return respond(execution, stage, directionsOf(execution))
  }

  #node(command: Command): DiscoNode {
    return {
      info: async ({ from }) => {
        await this.#assertMayExecute(command, from)
        return {
          identities: [{ category: 'automation', type: 'command-node', name: command.name }],
          features: [COMMANDS_NAMESPACE, DATA_FORM_NAMESPACE],
          extensions: [],
        }
      },
      items: () => [],
    }
  }

  async #assertMayExecute(command: Command, from: Jid): Promise<void> {
    if (!(await this.#mayExecute(command, from))) throw new StanzaError('forbidden')
  }

  #mayExecute({ access }: Command, from: Jid): boolean | Promise<boolean> {
    return access === 'account' ? from.domain === this.#host.domain && from.local !== '' : access(from)
  }
}

/** Where the present stage leads (XEP-0050 §3.4). */
function directionsOf({ stages }: Execution): CommandDirection[] {
  const stage = stages.at(-1)
  if (stage?.status !== 'executing') return []
  const directions: CommandDirection[] = stages.length > 1 ? ['prev'] : []
  if (stage.next) directions.push('next')
  if (stage.complete) directions.push('complete')
  return directions
}

function defaultOf(directions: readonly CommandDirection[]): CommandDirection {
  return directions.includes('next') ? 'next' : 'complete'
}

function respond(
  { id, node }: Pick<Execution, 'id' | 'node'>,
  stage: CommandStage,
  directions: readonly CommandDirection[] = [],
): Element {
  return commandResponseElement({
    node,
    sessionId: id,
    status: stage.status,
    ...(stage.form ? { form: stage.form } : {}),
    ...(stage.notes ? { notes: stage.notes } : {}),
    ...(directions.length > 0 ? { directions, execute: defaultOf(directions) } : {}),
  })
}
