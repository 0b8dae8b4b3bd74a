import { dateTime } from '@parlour/extensions/date-time'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { type Element, escapeAttribute, serialize } from '@parlour/xml'
import { ARCHIVE_NAMESPACE } from '../protocol/namespaces.ts'
import { spacedText } from './unspaced-words.ts'

/** How a message is stored: as it is written to clients, in the content namespace of their streams. */
export function storedText(message: Element): string {
  return serialize(message, CLIENT_NAMESPACE)
}

/** UTF-16 units of a message by which it can be found; where words are not spaced, they are stored as some three times as many. */
const MAX_SEARCHED_LENGTH = 65_536

/** What a message is found by: its bodies and subjects, in all languages. */
export function searchText(message: Element): string | undefined {
  let text: string | undefined
  for (const child of message.children) {
    if (typeof child === 'string' || child.namespace !== message.namespace) continue
    if (child.name === 'body' || child.name === 'subject')
      text = text === undefined ? child.text() : `${text}\n${child.text()}`
  }
  return text === undefined ? undefined : spacedText(text.slice(0, MAX_SEARCHED_LENGTH).toWellFormed())
}

/** The stored text as a document of its own, or inside of another namespace. */
export function standaloneText(stored: string): string {
  return `<message xmlns='${CLIENT_NAMESPACE}'${stored.slice('<message'.length)}`
}

/** What all results of a query have in common. */
export interface ResultAddressing {
  readonly from: string
  readonly to: string
  readonly queryId: string | undefined
}

/** The text before the id of a result, between id and time, and so on: what differs between results stands between. */
export interface ResultFrame {
  readonly head: string
  readonly result: string
}

/** Made once for a query: its results are put together from texts, none is parsed. */
export function resultFrame({ from, to, queryId }: ResultAddressing): ResultFrame {
  const query = queryId === undefined ? '' : ` queryid='${escapeAttribute(queryId)}'`
  return {
    head: `<message from='${escapeAttribute(from)}' to='${escapeAttribute(to)}' id='`,
    result: `'><result xmlns='${ARCHIVE_NAMESPACE}'${query} id='`,
  }
}

/** The message that carries a stored one to who asked for it (XEP-0313 §4.2). */
export function resultText({ head, result }: ResultFrame, entry: { id: string; at: number; text: string }): string {
  const delay = `<delay xmlns='urn:xmpp:delay' stamp='${dateTime(entry.at)}'/>`
  const forwarded = `<forwarded xmlns='urn:xmpp:forward:0'>${delay}${standaloneText(entry.text)}</forwarded>`
  return `${head}${entry.id}${result}${entry.id}'>${forwarded}</result></message>`
}
