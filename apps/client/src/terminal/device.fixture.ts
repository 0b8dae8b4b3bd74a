import type { ConnectOptions } from '@parlour/client'
import { roster } from '@parlour/client'
import type { Stage } from '../../test/stage.ts'
import { Chat } from './chat.ts'

/** One device of an account, without a screen. */
export class Device {
  readonly chat: Chat
  /** How often it called for attention. */
  rings = 0
  #waiting: (() => void)[] = []

  private constructor(client: ConstructorParameters<typeof Chat>[0]) {
    this.chat = new Chat(client, {
      changed: () => {
        for (const wake of this.#waiting.splice(0)) wake()
      },
      attention: () => this.rings++,
      quit: () => undefined,
    })
  }

  static async begin(stage: Stage, name: string, options: Partial<ConnectOptions> = {}): Promise<Device> {
    const client = await stage.connect(name, options)
    const device = new Device(client)
    await device.chat.begin()
    await client.use(roster).load()
    return device
  }

  /** What was said in a conversation, as `who: text`. */
  said(jid: string): string[] {
    const conversation = this.chat.model.conversations.get(jid)
    return (conversation?.entries ?? []).map((entry) => `${entry.who}: ${conversation?.textOf(entry)}`)
  }

  unread(jid: string): number | undefined {
    return this.chat.model.conversations.get(jid)?.unread
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async says(...lines: string[]): Promise<void> {
    for (const line of lines) await this.chat.submit(line)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chat.client.close()
  }
}
