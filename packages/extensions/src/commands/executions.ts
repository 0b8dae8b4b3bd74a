import type { ModuleHost } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import type { CommandStage } from './command.ts'
import { commandError } from './wire.ts'

/** One execution of a command, between two stages. */
export interface Execution {
  readonly id: string
  readonly node: string
  /** The full JID that began it, and alone may go on. */
  readonly from: string
  /** The stages that were shown, the present one last. */
  readonly stages: CommandStage[]
  cancelTimer: () => void
}

export interface ExecutionLimits {
  readonly maxPerAccount: number
  readonly max: number
  readonly timeoutSeconds: number
}

/** The executions under way: bounded in number and in time (XEP-0050 §3.3). */
export class Executions {
  readonly #host: Pick<ModuleHost, 'randomHex' | 'setTimer'>
  readonly #limits: ExecutionLimits
  readonly #executions = new Map<string, Execution>()

  constructor(host: Pick<ModuleHost, 'randomHex' | 'setTimer'>, limits: ExecutionLimits) {
    this.#host = host
    this.#limits = limits
  }

  /** @throws StanzaError `resource-constraint` */
  begin(node: string, from: string): Execution {
    const account = bareOf(from)
    const own = [...this.#executions.values()].filter((other) => bareOf(other.from) === account)
    if (own.length >= this.#limits.maxPerAccount || this.#executions.size >= this.#limits.max)
      throw new StanzaError('resource-constraint', 'too many commands are under way: finish or cancel one')
    const execution: Execution = { id: this.newId(), node, from, stages: [], cancelTimer: () => {} }
    this.#executions.set(execution.id, execution)
    this.touch(execution)
    return execution
  }

  newId(): string {
    return this.#host.randomHex(16)
  }

  /** @throws StanzaError `bad-sessionid` for another's, or another node's; `session-expired` for none. */
  find(id: string, node: string, from: string): Execution {
    const execution = this.#executions.get(id)
    if (!execution) throw commandError('session-expired', 'this session is over')
    if (execution.from !== from || execution.node !== node)
      throw commandError('bad-sessionid', 'this is not your session')
    return execution
  }

  /** Gives the requester the full time again. */
  touch(execution: Execution): void {
    execution.cancelTimer()
    execution.cancelTimer = this.#host.setTimer(this.#limits.timeoutSeconds * 1000, () => this.end(execution))
  }

  end(execution: Execution): void {
    execution.cancelTimer()
    this.#executions.delete(execution.id)
  }

  /** Ends what a session that is gone had begun. */
  endOf(from: string): void {
    for (const execution of this.#executions.values()) if (execution.from === from) this.end(execution)
  }

  clear(): void {
    for (const execution of this.#executions.values()) this.end(execution)
  }
}

function bareOf(address: string): string {
  const slash = address.indexOf('/')
  return slash < 0 ? address : address.slice(0, slash)
}
