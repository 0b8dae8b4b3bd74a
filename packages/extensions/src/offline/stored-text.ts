import { StoredMessage } from '@parlour/server-core'
import { Message } from '@parlour/stanza'
import { parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'

/** How a message begins as it is stored; as it is written to a client its namespace is that of the stream. */
const STORED_START = "<message xmlns='jabber:client'"
const WRITTEN_START = '<message'
/** Longer ones are parsed, which is no more than a fraction of what else they cost. */
const MAX_LENGTH = 65_536
const DEPTH = 4

const CHARACTERS = String.raw`[^<&\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*`
const REFERENCES = '&(?:amp|lt|gt|quot|apos|#x?[0-9a-fA-F]+);'
const TEXT = `${CHARACTERS}(?:${REFERENCES}${CHARACTERS})*`
const VALUE = TEXT.replaceAll('[^<&', "[^<&'")
const ATTRIBUTES = `(?: (?:xml:lang|[A-Za-z_][A-Za-z0-9_.-]*)='${VALUE}')*`

/** Content in which elements without prefixes are nested no deeper; group `number` is the name of one. */
function content(number: number): string {
  if (number > DEPTH) return TEXT
  const element = `<([A-Za-z_][A-Za-z0-9_.-]*)${ATTRIBUTES}(?:/>|>${content(number + 1)}</\\${number}>)`
  return `${TEXT}(?:${element}${TEXT})*`
}

/** What the serializer writes for nearly all messages. It costs a tenth of parsing, and time in proportion to the length. */
const USUAL = new RegExp(`^${STORED_START}${ATTRIBUTES}>${content(1)}</message>$`)

/**
 * A message as it was stored. What is well-formed at a glance is not parsed.
 *
 * @throws XmlError, StanzaError for what cannot be read
 */
export function readStored(text: string): StoredMessage | Message {
  const parse = () => new Message(parseXml(text, WRITTEN_PARSER_LIMITS))
  if (text.length > MAX_LENGTH || !USUAL.test(text) || !text.isWellFormed()) return parse()
  return new StoredMessage(WRITTEN_START + text.slice(STORED_START.length), parse)
}
