import { shortened } from './changes.ts'
import type { ChatModel } from './chat-model.ts'
import type { Conversation, Entry } from './conversation.ts'
import { plainLines, plainText } from './plain-text.ts'
import { type Span, type Style, span } from './style.ts'
import { truncate, wrap } from './text-width.ts'

const STYLES: Readonly<Record<Entry['kind'], readonly Style[]>> = {
  received: ['cyan', 'bold'],
  sent: ['green'],
  note: ['dim'],
  error: ['red'],
}

/** The conversation being looked at: at most `height` lines, its end unless scrolled back. */
export function conversationPane(
  model: ChatModel,
  width: number,
  height: number,
  { unicode }: { readonly unicode: boolean },
): Span[][] {
  const conversation = model.current
  const lines = lastLines(conversation, model, width, height + conversation.scroll, unicode)
  // Not further back than there is something.
  conversation.scroll = Math.max(0, Math.min(conversation.scroll, lines.length - height))
  const end = lines.length - conversation.scroll
  const shown = lines.slice(Math.max(0, end - height), end)
  return [...Array.from({ length: height - shown.length }, (): Span[] => []), ...shown]
}

/** Wraps from the end backwards, no more than is asked for: a long conversation costs no more than a short one. */
function lastLines(
  { entries }: Conversation,
  model: ChatModel,
  width: number,
  wanted: number,
  unicode: boolean,
): Span[][] {
  const lines: Span[][] = []
  for (let at = entries.length - 1; at >= 0 && lines.length < wanted; at--) {
    const entry = entries[at]
    if (!entry) continue
    const dayBefore = dayOf(entries[at - 1]?.time)
    lines.unshift(...entryLines(entry, model, width, unicode))
    if (dayOf(entry.time) !== dayBefore && at > 0)
      lines.unshift([span(`${unicode ? '──' : '--'} ${dayOf(entry.time)}`, 'dim')])
  }
  return lines
}

function entryLines(entry: Entry, model: ChatModel, width: number, unicode: boolean): Span[][] {
  const { kind, who, time, fate } = entry
  const text = model.current.textOf(entry)
  const styles = STYLES[kind]
  const speaker = truncate(plainText(kind === 'received' ? model.nameOf(who) : who), Math.floor(width / 2))
  const name = speaker === '' ? '' : `${speaker}: `
  const head = [span(`${clock(time)} `, 'dim'), span(name, ...styles)]
  const indent = ' '.repeat(6)
  const body = plainLines(shortened(text) + (fate ? FATES[fate](unicode) : '')).flatMap((line, at) =>
    wrap(at === 0 ? name + line : line, width - indent.length),
  )
  const bodyStyles: readonly Style[] = fate ? ['dim'] : kind === 'note' || kind === 'error' ? styles : []
  return body.map((line, at) =>
    at === 0 ? [...head, span(line.slice(name.length), ...bodyStyles)] : [span(indent), span(line, ...bodyStyles)],
  )
}

/** What stands behind a message that the server is not known to have. */
const FATES: Readonly<Record<NonNullable<Entry['fate']>, (unicode: boolean) => string>> = {
  pending: (unicode) => (unicode ? ' …' : ' ...'),
  failed: () => ' (perhaps not sent)',
}

function clock(time: number): string {
  const date = new Date(time)
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
}

function dayOf(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toDateString()
}
