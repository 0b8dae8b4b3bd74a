import type { ReadStream, WriteStream } from 'node:tty'
import type { Client } from '@parlour/client-core'
import { Chat } from './chat.ts'
import { complete } from './completion.ts'
import { type Key, KeyReader } from './keys.ts'
import { LineEditor } from './line-editor.ts'
import { Screen } from './screen.ts'
import { SLASH_COMMANDS } from './slash-commands.ts'
import { type Appearance, view } from './view.ts'

/** How the terminal is used. */
export interface TerminalOptions extends Pick<Appearance, 'colours' | 'unicode'> {
  /** Rings when somebody says something. */
  readonly bell: boolean
}

/** Milliseconds within which changes are drawn together. */
const FRAME = 25
/** Milliseconds after which an escape is the key itself. */
const ESCAPE_DELAY = 50

/** A chat on a terminal. */
export class TerminalChat {
  readonly #client: Client
  readonly #input: ReadStream
  readonly #output: WriteStream
  readonly #options: TerminalOptions
  readonly #screen: Screen
  readonly #chat: Chat
  readonly #editor = new LineEditor()
  readonly #keys = new KeyReader()
  #hint = ''
  #drawing: NodeJS.Timeout | undefined
  #ticking: NodeJS.Timeout | undefined
  #escaping: NodeJS.Timeout | undefined
  #end: () => void = () => undefined
  readonly #onData = (text: string) => this.#typed(text)
  readonly #onResize = () => this.#redraw()
  readonly #onSignal = () => this.#end()
  readonly #onContinue = () => this.#attach()

  constructor(client: Client, input: ReadStream, output: WriteStream, options: TerminalOptions) {
    this.#client = client
    this.#input = input
    this.#output = output
    this.#options = options
    this.#screen = new Screen(output)
    this.#chat = new Chat(client, {
      changed: () => this.#changed(),
      attention: () => options.bell && this.#screen.bell(),
      quit: () => this.#end(),
    })
  }

  /** Runs until the person quits or the client is closed for good. The terminal is as before then. */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve
    })
    const stopListening = this.#client.onState(({ status }) => status === 'closed' && this.#end())
    process.on('SIGTERM', this.#onSignal).on('SIGHUP', this.#onSignal)
    this.#attach()
    try {
      this.#chat.begin().catch((error: unknown) => this.#chat.fail(error))
      await ended
    } finally {
      stopListening()
      this.#detach()
      process.off('SIGTERM', this.#onSignal).off('SIGHUP', this.#onSignal).off('SIGCONT', this.#onContinue)
    }
  }

  #attach(): void {
    this.#input.setRawMode(true)
    this.#input.setEncoding('utf8')
    this.#input.on('data', this.#onData).resume()
    this.#output.on('resize', this.#onResize)
    this.#screen.enter()
    this.#draw()
  }

  #detach(): void {
    for (const timer of [this.#drawing, this.#ticking, this.#escaping]) clearTimeout(timer)
    this.#drawing = undefined
    this.#ticking = undefined
    this.#screen.leave()
    this.#output.off('resize', this.#onResize)
    this.#input.off('data', this.#onData).pause()
    if (this.#input.isTTY) this.#input.setRawMode(false)
  }

  #changed(): void {
    this.#drawing ??= setTimeout(() => this.#draw(), FRAME)
  }

  #redraw(): void {
    this.#screen.invalidate()
    this.#changed()
  }

  #draw(): void {
    this.#drawing = undefined
    const { columns, rows } = this.#screen
    const { colours, unicode } = this.#options
    const { model } = this.#chat
    this.#screen.draw(view(model, this.#editor, this.#hint, Date.now(), { columns, rows, colours, unicode }))
    clearTimeout(this.#ticking)
    // The seconds until the next attempt are counted down.
    this.#ticking = model.connection.status === 'waiting' ? setTimeout(() => this.#draw(), 1000) : undefined
  }

  #typed(text: string): void {
    clearTimeout(this.#escaping)
    for (const key of this.#keys.read(text)) this.#press(key)
    this.#escaping = setTimeout(() => {
      for (const key of this.#keys.flush()) this.#press(key)
    }, ESCAPE_DELAY)
  }

  #press(key: Key): void {
    this.#hint = ''
    if (key.type !== 'key') this.#editor.insert(key.text)
    else if (!this.#act(key.name)) this.#editor.key(key.name)
    this.#changed()
  }

  #act(name: string): boolean {
    const act = this.#actions[name]
    act?.()
    return act !== undefined
  }

  readonly #actions: Readonly<Record<string, () => void>> = {
    enter: () => void this.#chat.submit(this.#editor.submit()),
    tab: () => this.#complete(),
    'ctrl-n': () => this.#chat.model.step(1),
    'ctrl-p': () => this.#chat.model.step(-1),
    'alt-down': () => this.#chat.model.step(1),
    'alt-up': () => this.#chat.model.step(-1),
    'ctrl-t': () => this.#chat.model.selectUnread(),
    'page-up': () => this.#scroll(1),
    'page-down': () => this.#scroll(-1),
    'ctrl-l': () => this.#redraw(),
    'paste-cut': () => {
      this.#hint = 'That was too long to be pasted: its end is left out.'
    },
    'ctrl-z': () => this.#suspend(),
    'ctrl-c': () => this.#interrupt(),
    'ctrl-d': () => this.#interrupt(),
  }

  #scroll(direction: 1 | -1): void {
    const { current } = this.#chat.model
    current.scroll = Math.max(0, current.scroll + direction * Math.max(1, this.#screen.rows - 5))
  }

  /** The first empties the line, so that a slip loses no session. */
  #interrupt(): void {
    if (this.#editor.text === '') this.#end()
    else this.#editor.set('')
  }

  #complete(): void {
    const completion = complete(this.#editor.beforeCursor, {
      commands: SLASH_COMMANDS.map(({ name }) => name),
      arguments: (command, index) =>
        SLASH_COMMANDS.find(({ name }) => name === command)?.complete?.(this.#chat, index) ?? [],
    })
    if (!completion) return
    this.#editor.setBeforeCursor(completion.text)
    this.#hint = completion.choices.join('  ')
  }

  /** As any program: the shell comes back, and `fg` shows the chat again. */
  #suspend(): void {
    this.#detach()
    process.once('SIGCONT', this.#onContinue)
    process.kill(process.pid, 'SIGTSTP')
  }
}
