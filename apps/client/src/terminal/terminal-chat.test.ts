import { EventEmitter } from 'node:events'
import type { ReadStream, WriteStream } from 'node:tty'
import { message } from '@parlour/stanza'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { createStage, type Stage } from '../../test/stage.ts'
import { fatalError } from './chat.ts'
import { TerminalChat } from './terminal-chat.ts'

let stage: Stage
beforeAll(async () => {
  stage = await createStage('romeo', 'juliet')
})
afterAll(() => stage[Symbol.asyncDispose]())

/** A terminal of 80 columns: what is typed, and everything written to it. */
class Terminal extends EventEmitter {
  readonly isTTY = true
  columns = 80
  rows = 24
  raw = false
  paused = true
  written = ''
  #wake: () => void = () => undefined

  setRawMode(raw: boolean): this {
    this.raw = raw
    return this
  }

  setEncoding(): this {
    return this
  }

  resume(): this {
    this.paused = false
    return this
  }

  pause(): this {
    this.paused = true
    return this
  }

  write(text: string): boolean {
    this.written += text
    this.#wake()
    return true
  }

  types(text: string): void {
    this.emit('data', text)
  }

  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.written))
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
  }

  get attached(): number {
    return this.listenerCount('data') + this.listenerCount('resize')
  }
}

async function start(name: string) {
  const client = await stage.connect(name)
  const terminal = new Terminal()
  const stream = terminal as unknown as ReadStream & WriteStream
  const chat = new TerminalChat(client, stream, stream, { bell: true, colours: false, unicode: true })
  return { client, terminal, ended: chat.run() }
}

test('typing, completion, a bell, a resize; Ctrl-C empties the line, then ends and gives the terminal back', async () => {
  const before = process.listenerCount('SIGTERM')
  const { client, terminal, ended } = await start('romeo')
  await terminal.shows(/Welcome/)
  expect([terminal.raw, terminal.paused]).toEqual([true, false])
  terminal.types('/vers\t')
  await terminal.shows(/> \/version /)
  terminal.types('\r')
  await terminal.shows(/There is no|refused|localhost: /)
  const juliet = await stage.connect('juliet')
  await juliet.send(message({ to: client.jid, type: 'chat', body: 'Who is there?' }))
  await terminal.shows(/juliet@localhost \(1\)/)
  expect(terminal.written).toContain('\u0007')
  terminal.types('\u0014')
  await terminal.shows(/Who is there\?/)
  terminal.written = ''
  terminal.columns = 40
  terminal.emit('resize')
  await terminal.shows(/\u001b\[2J[\s\S]*\u001b\[1;1H/)
  terminal.types('a slip\u0003')
  terminal.types('\u0003')
  await ended
  expect(terminal.written).toMatch(/\u001b\[\?2004l\u001b\[\?1049l\u001b\[\?25h$/)
  expect([terminal.raw, terminal.paused, terminal.attached]).toEqual([false, true, 0])
  expect(process.listenerCount('SIGTERM')).toBe(before)
})

test('a client that is closed ends the chat, without an error to tell', async () => {
  const { client, terminal, ended } = await start('romeo')
  await terminal.shows(/online/)
  await client.close()
  await ended
  expect(fatalError(client)).toBeUndefined()
})

test('one that is suspended and then ended, as by `kill %1`, does not come back with the signal to go on', async () => {
  const stop = vi.spyOn(process, 'kill').mockReturnValue(true)
  onTestFinished(() => stop.mockRestore())
  const before = process.listenerCount('SIGCONT')
  const { client, terminal, ended } = await start('romeo')
  terminal.types('\u001a')
  expect(stop).toHaveBeenCalledWith(process.pid, 'SIGTSTP')
  process.emit('SIGTERM')
  await ended
  process.emit('SIGCONT')
  expect([terminal.raw, terminal.paused, terminal.attached]).toEqual([false, true, 0])
  expect(process.listenerCount('SIGCONT')).toBe(before)
  await client.close()
})
