import type { ChatModel, Contact, Mark } from './chat-model.ts'
import { contactPane } from './contact-pane.ts'
import { conversationPane } from './conversation-pane.ts'
import type { LineEditor } from './line-editor.ts'
import { plainText } from './plain-text.ts'
import type { Frame } from './screen.ts'
import { type Palette, paint, type Span, span } from './style.ts'
import { graphemes, pad, truncate, widthOf } from './text-width.ts'

/** What a terminal can show. */
export interface Appearance extends Palette {
  /** Without it, what is not said by others is ASCII. */
  readonly unicode: boolean
  readonly columns: number
  readonly rows: number
}

/** What is drawn in texts: an ellipsis, a point, and control characters that are shown. */
const DRAWN = /[…·\u2400-\u2421\ufffd]/g
const IN_ASCII: Readonly<Record<string, string>> = { '…': '~', '·': '-' }

/** Below this width the contact list gives way to the conversation. */
const NARROW = 60

/** The whole screen. */
export function view(model: ChatModel, editor: LineEditor, hint: string, now: number, appearance: Appearance): Frame {
  const { columns, rows } = appearance
  const height = rows - 3
  const listWidth = columns < NARROW ? 0 : Math.min(30, Math.floor(columns / 3))
  const contacts = model.contacts()
  const left = listWidth === 0 ? [] : contactPane(contacts, model.selected, listWidth - 2, height, appearance)
  const right = conversationPane(model, columns - listWidth, height, appearance)
  const rule = span(appearance.unicode ? '│ ' : '| ', 'dim')
  const body = Array.from({ length: height }, (_, row) => {
    const spans = listWidth === 0 ? [] : [...(left[row] ?? [span(' '.repeat(listWidth - 2))]), rule]
    return paint([...spans, ...(right[row] ?? [])], appearance)
  })
  const input = inputLine(editor, columns, appearance.unicode)
  const status = statusLine(model, contacts, hint, columns)
  const lines = [paint([titleLine(model, now, columns)], appearance), ...body, paint(status, appearance), input.text]
  return {
    lines: appearance.unicode ? lines : lines.map((line) => line.replace(DRAWN, (drawn) => IN_ASCII[drawn] ?? '?')),
    cursor: { row: rows - 1, column: input.column },
  }
}

function titleLine(model: ChatModel, now: number, columns: number): Span {
  const where = model.selected === '' ? 'Parlour' : model.nameOf(model.selected)
  const who = where === model.selected || model.selected === '' ? where : `${where} <${model.selected}>`
  // Who one is, and whether one is online, gives way last.
  const right = truncate(`${plainText(model.account)} · ${connectionText(model, now)} `, columns)
  return span(pad(` ${plainText(who)} `, columns - widthOf(right)) + right, 'inverse')
}

/** What to say of the connection. */
function connectionText({ connection, own }: ChatModel, now: number): string {
  switch (connection.status) {
    case 'online':
      return [own.show ? SHOW_WORDS[own.show] : 'online', own.status && `"${plainText(own.status)}"`]
        .filter(Boolean)
        .join(' ')
    case 'connecting':
      return connection.attempt > 1 ? 'reconnecting…' : 'connecting…'
    case 'waiting':
      return `connection lost, next attempt in ${Math.max(0, Math.ceil((connection.retryAt - now) / 1000))} s`
    case 'closed':
      return 'disconnected'
  }
}

const SHOW_WORDS = { away: 'away', xa: 'away for long', dnd: 'do not disturb', chat: 'free for chat' } as const

/** Words for a {@link Mark}. */
export const MARK_WORDS: Readonly<Record<Mark, string>> = {
  ...SHOW_WORDS,
  available: 'available',
  offline: 'offline',
  asks: 'asks to see your presence: /approve or /deny',
  none: 'not on your list: /add',
}

function statusLine(model: ChatModel, contacts: readonly Contact[], hint: string, columns: number): Span[] {
  const elsewhere = contacts.filter(({ unread, jid }) => unread > 0 && jid !== model.selected)
  const unread = elsewhere.map(({ name, unread: count }) => `${plainText(name)} (${count})`).join('  ')
  const scrolled = model.current.scroll > 0 ? `${model.current.scroll} lines back; PageDown  ` : ''
  const text = hint === '' ? scrolled + unread : plainText(hint)
  const idle = text === '' ? '/help  Tab completes  Ctrl-N/Ctrl-P other contact  PageUp/PageDown' : text
  return [span(pad(` ${truncate(idle, columns - 1)}`, columns), hint === '' && text !== '' ? 'yellow' : 'dim')]
}

/** The part of the line around the cursor. */
function inputLine(editor: LineEditor, columns: number, unicode: boolean): { text: string; column: number } {
  const prompt = '> '
  const shown = (text: string) => plainText(text.replaceAll('\n', unicode ? '⏎' : '\\'))
  const start = endOf(shown(editor.beforeCursor), columns - prompt.length - 1)
  const after = shown(editor.text.slice(editor.beforeCursor.length))
  return { text: prompt + truncate(start + after, columns - prompt.length), column: prompt.length + widthOf(start) }
}

/** The end of a text, in so many columns; it moves by thirds of them, so that not every key moves all of it. */
function endOf(text: string, columns: number): string {
  const characters = graphemes(text)
  const step = Math.max(1, Math.floor(columns / 3))
  let from = characters.length
  for (let width = 0; from > 0; from--) {
    width += widthOf(characters[from - 1] ?? '')
    if (width > columns) break
  }
  from = Math.ceil(from / step) * step
  return characters.slice(from).join('')
}
