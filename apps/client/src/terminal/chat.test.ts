import { ClientError, type ConnectOptions, presence, roster } from '@parlour/client'
import { message } from '@parlour/stanza'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Way } from '../../test/interop/way.ts'
import { createStage, type Stage } from '../../test/stage.ts'
import { Chat } from './chat.ts'
import { LineEditor } from './line-editor.ts'
import { widthOf } from './text-width.ts'
import { view } from './view.ts'

let stage: Stage
beforeAll(async () => {
  stage = await createStage('romeo', 'juliet', 'nurse', 'paris')
})
afterAll(() => stage[Symbol.asyncDispose]())

/** A chat without a terminal. */
class Person {
  readonly chat: Chat
  readonly editor = new LineEditor()
  quits = 0
  #waiting: (() => void)[] = []

  constructor(chat: (events: ConstructorParameters<typeof Chat>[1]) => Chat) {
    this.chat = chat({
      changed: () => {
        for (const wake of this.#waiting.splice(0)) wake()
      },
      attention: () => undefined,
      quit: () => void this.quits++,
    })
  }

  screen(columns = 80, rows = 12, unicode = true): string[] {
    return view(this.chat.model, this.editor, '', Date.now(), {
      columns,
      rows,
      colours: false,
      unicode,
    }).lines.map((line) => line.replace(/\u001b\[[\d;]*m/g, '').trimEnd())
  }

  /** Waits until the screen shows it. */
  async sees(pattern: RegExp, columns = 80): Promise<void> {
    while (!pattern.test(this.screen(columns).join('\n')))
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async types(...lines: string[]): Promise<void> {
    for (const line of lines) await this.chat.submit(line)
  }
}

async function person(name: string, options: Partial<ConnectOptions> = {}): Promise<Person> {
  const client = await stage.connect(name, options)
  const someone = new Person((events) => new Chat(client, events))
  await someone.chat.begin()
  // RFC 6120 §10.1: answered behind the presence, so messages to the account reach this session from here on.
  await client.use(roster).load()
  return someone
}

test('two people meet: request, approval, presence, unread marks, messages', async () => {
  const [romeo, juliet] = await Promise.all([person('romeo'), person('juliet')])
  await romeo.types('/add juliet@localhost Juliet')
  await juliet.sees(/\? romeo@localhost/)
  await juliet.sees(/romeo@localhost asks to see your presence:/)
  await juliet.types('/add romeo@localhost Romeo')
  await romeo.sees(/\? Juliet/)
  await romeo.types('/approve juliet@localhost')
  await romeo.sees(/● Juliet/)
  await juliet.types('/away on the balcony')
  await romeo.sees(/◐ Juliet/)
  await romeo.types('Art thou not Romeo?\nAnd a Montague?')
  expect(romeo.screen().join('\n')).toMatch(/romeo: Art thou not Romeo\?\n.*│ {7}And a Montague\?/)
  juliet.chat.model.select('')
  await romeo.types('Neither, fair saint')
  await juliet.sees(/● Romeo +\d+ │/)
  juliet.chat.model.selectUnread()
  await juliet.sees(/Romeo: Neither, fair saint/)
  expect(juliet.screen()[0]).toMatch(/^ Romeo <romeo@localhost> +juliet@localhost · away "on the balcony"$/)
  await juliet.types('/who', '/ping', `/version ${romeo.chat.client.jid}`, '/name R.', '/remove')
  await juliet.sees(/localhost answered in/)
  await juliet.sees(/romeo@localhost\/\S+\s.*Parlour/s)
  await romeo.sees(/○ Juliet/)
  await Promise.all([romeo.chat.client.close(), juliet.chat.client.close()])
})

test('RFC 6121 §5.1: the session that spoke last is answered, until its presence changes', async () => {
  const [nurse, paris] = await Promise.all([person('nurse'), person('paris')])
  await nurse.types('/msg paris@localhost hello')
  await paris.sees(/nurse@localhost +1/)
  expect(paris.chat.model.conversations.get('nurse@localhost')?.lockedTo?.toString()).toBe(
    nurse.chat.client.jid.toString(),
  )
  await nurse.chat.client.use(presence).send({ show: 'xa' }, paris.chat.client.jid)
  await paris.sees(/◐ nurse@localhost/)
  expect(paris.chat.model.conversations.get('nurse@localhost')?.lockedTo).toBeUndefined()
  await Promise.all([nurse.chat.client.close(), paris.chat.client.close()])
})

test('XEP-0198: what is said while the connection is lost waits, is shown as waiting, and arrives', async () => {
  await using way = await Way.to('127.0.0.1', Number(stage.address().split(':').at(-1)))
  const [romeo, juliet] = await Promise.all([
    person('romeo', { service: `127.0.0.1:${way.port}`, reconnection: { initialDelay: 1, maximumDelay: 50 } }),
    person('juliet'),
  ])
  await romeo.types('/msg juliet@localhost before')
  await juliet.sees(/romeo@localhost +1/)
  way.cut()
  await romeo.sees(/connection lost, next attempt in|reconnecting/)
  await romeo.types('/msg juliet@localhost meanwhile')
  expect(romeo.screen().join('\n')).toMatch(/romeo: meanwhile …/)
  way.open()
  await romeo.sees(/romeo: meanwhile$/m)
  juliet.chat.model.select('romeo@localhost')
  await juliet.sees(/meanwhile/)
  romeo.chat.model.select('')
  expect(romeo.screen(100, 20).join('\n')).toContain('the session goes on, nothing was lost')
  await Promise.all([romeo.chat.client.close(), juliet.chat.client.close()])
})

test('what could not begin, as the connection was lost, begins with the next one', async () => {
  await using way = await Way.to('127.0.0.1', Number(stage.address().split(':').at(-1)))
  const service = `127.0.0.1:${way.port}`
  const client = await stage.connect('nurse', { service, reconnection: { initialDelay: 1, maximumDelay: 50 } })
  const nurse = new Person((events) => new Chat(client, events))
  const lost = new ClientError('disconnected')
  vi.spyOn(nurse.chat.history, 'begin').mockRejectedValueOnce(lost)
  await expect(nurse.chat.begin()).rejects.toBe(lost)
  way.cut()
  await nurse.sees(/connection lost, next attempt in|reconnecting/)
  way.open()
  const paris = await person('paris')
  await paris.types('/msg nurse@localhost Good morrow')
  await nurse.sees(/paris@localhost +1/)
  await Promise.all([client.close(), paris.chat.client.close()])
})

test('what begins goes on when the session does: it is not begun once more', async () => {
  await using way = await Way.to('127.0.0.1', Number(stage.address().split(':').at(-1)))
  const service = `127.0.0.1:${way.port}`
  const client = await stage.connect('nurse', { service, reconnection: { initialDelay: 1, maximumDelay: 50 } })
  const nurse = new Person((events) => new Chat(client, events))
  const begun = Promise.withResolvers<void>()
  const begin = vi.spyOn(nurse.chat.history, 'begin').mockReturnValue(begun.promise)
  const whole = nurse.chat.begin()
  way.cut()
  await nurse.sees(/connection lost, next attempt in|reconnecting/)
  way.open()
  await nurse.sees(/the session goes on/)
  begun.resolve()
  await whole
  expect(begin).toHaveBeenCalledOnce()
  await client.close()
})

test('without Unicode, all that the program itself draws is ASCII', async () => {
  const romeo = await person('romeo')
  await romeo.types(`/msg a-name-that-is-too-long-for-the-list@localhost ${'a\tb\u0001 '.repeat(50)}`)
  romeo.editor.insert('a\nb')
  const screen = () => romeo.screen(80, 24, false).join('\n')
  expect(screen()).toMatch(/^[ -~\n]+$/)
  expect(romeo.screen().join('\n')).toContain('…')
  await romeo.chat.client.close()
  expect(screen()).toMatch(/^[ -~\n]+$/)
})

test('a long line that is written takes no longer to show than to write', async () => {
  const romeo = await person('romeo')
  romeo.editor.insert('ä'.repeat(100_000))
  const input = romeo.screen().at(-1) ?? ''
  expect(input).toMatch(/^> ä{51,78}$/)
  expect(widthOf(input)).toBeLessThanOrEqual(80)
  await romeo.chat.client.close()
})

test('what is wrong is said, and nothing ends', async () => {
  const romeo = await person('romeo')
  await romeo.types('hello', '/frobnicate', '/msg', '/add @', '/help nothing', '/msg ghost@localhost boo')
  await romeo.sees(/not delivered: refused: service unavailable/)
  romeo.chat.model.select('')
  const shown = romeo.screen(200, 20).join('\n')
  for (const said of [
    'Nobody is selected',
    'There is no command /frobnicate',
    'To whom?',
    'There is no command nothing',
  ])
    expect(shown).toContain(said)
  await romeo.types('//not a command')
  await romeo.types('/status reading', '/dnd', '/online', '/quit')
  expect(romeo.quits).toBe(1)
  await romeo.chat.client.close()
  await romeo.types('/ping')
  expect(romeo.screen(200).join('\n')).toContain('the client is closed')
})

test('messages of others are shown, not obeyed, and cannot fill the memory', async () => {
  const [romeo, mallory] = await Promise.all([person('romeo'), stage.connect('paris')])
  const to = romeo.chat.client.jid
  await mallory.send(message({ to, type: 'chat', body: `red\u0085alert ${'x'.repeat(20_000)}` }))
  await romeo.sees(/paris@localhost +1/)
  romeo.chat.model.select('paris@localhost')
  const { current } = romeo.chat.model
  expect(romeo.screen(80, 400).join('\n')).toContain('red\ufffdalert')
  expect(romeo.screen(80, 400).join('\n')).toContain('(20010 characters)')
  for (let i = 0; i < 1_100; i++) current.add({ kind: 'received', who: 'paris@localhost', time: 0, text: `${i}` })
  expect(current.entries).toHaveLength(1_000)
  for (let i = 0; i < 600; i++)
    romeo.chat.model.add(`u${i}@spam.example`, { kind: 'received', who: '', time: 0, text: '' })
  expect(romeo.chat.model.conversations.size).toBe(500)
  await Promise.all([romeo.chat.client.close(), mallory.close()])
})

test('every line fits the screen, whatever its size; the list gives way on a narrow one', async () => {
  const romeo = await person('nurse')
  await romeo.types(
    '/help',
    '/msg juliet@localhost 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字',
  )
  romeo.editor.insert('漢'.repeat(100))
  for (const [columns, rows] of [
    [20, 5],
    [59, 10],
    [60, 24],
    [80, 24],
    [200, 50],
  ] as const) {
    const lines = romeo.screen(columns, rows)
    expect(lines).toHaveLength(rows)
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
    expect(lines.some((line) => line.includes('│'))).toBe(columns >= 60)
  }
  await romeo.chat.client.close()
})

test('scrolling back stops where there is nothing more', async () => {
  const romeo = await person('nurse')
  for (let i = 0; i < 30; i++) romeo.chat.note(`note ${i}`)
  const { current } = romeo.chat.model
  current.scroll = 10
  expect(romeo.screen(80, 13).at(-3)).toContain('note 19')
  current.scroll = 10_000
  expect(romeo.screen(80, 13)[1]).toContain('Welcome')
  expect(current.scroll).toBe(32 - 10)
  await romeo.chat.client.close()
})
