import type { Contact, Mark } from './chat-model.ts'
import { plainText } from './plain-text.ts'
import { type Span, type Style, span } from './style.ts'
import { pad, widthOf } from './text-width.ts'

const MARKS: Readonly<Record<Mark, { readonly unicode: string; readonly ascii: string; readonly style: Style }>> = {
  available: { unicode: '●', ascii: '*', style: 'green' },
  chat: { unicode: '●', ascii: '*', style: 'green' },
  away: { unicode: '◐', ascii: '-', style: 'yellow' },
  xa: { unicode: '◐', ascii: '-', style: 'yellow' },
  dnd: { unicode: '◼', ascii: '!', style: 'red' },
  offline: { unicode: '○', ascii: '.', style: 'dim' },
  asks: { unicode: '?', ascii: '?', style: 'magenta' },
  none: { unicode: ' ', ascii: ' ', style: 'dim' },
}

/** The contact list: as many lines of exactly `width` columns as fit, the selected one among them. */
export function contactPane(
  contacts: readonly Contact[],
  selected: string,
  width: number,
  height: number,
  { unicode }: { readonly unicode: boolean },
): Span[][] {
  const at = Math.max(
    0,
    contacts.findIndex(({ jid }) => jid === selected),
  )
  const first = Math.max(0, Math.min(at - Math.floor(height / 2), contacts.length - height))
  return contacts.slice(first, first + height).map((contact) => line(contact, contact.jid === selected, width, unicode))
}

function line({ name, mark, unread }: Contact, isSelected: boolean, width: number, unicode: boolean): Span[] {
  const { style, ...glyphs } = MARKS[mark]
  const count = unread > 0 ? ` ${unread > 999 ? '999+' : unread} ` : ''
  const text = pad(` ${plainText(name)}`, width - 1 - widthOf(count))
  const chosen: Style[] = isSelected ? ['inverse'] : []
  return [
    span(unicode ? glyphs.unicode : glyphs.ascii, style),
    span(
      text,
      ...chosen,
      ...(unread > 0 ? (['bold'] as const) : mark === 'offline' && !isSelected ? (['dim'] as const) : []),
    ),
    span(count, 'bold', 'yellow'),
  ]
}
