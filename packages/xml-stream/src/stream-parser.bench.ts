import type { Element } from '@parlour/xml'
import { SaxesParser } from 'saxes'
import { test } from 'vitest'
import { StreamParser, StreamWriter } from './index.ts'

const OPEN = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
const STANZAS = 100
const writer = new StreamWriter({ contentNamespace: 'jabber:client' })

/** Some 350 octets, a fifth of them with text outside ASCII. */
function ordinary(index: number): string {
  const body =
    index % 5 === 0
      ? 'Wherefore art thou, Romeo? Grüße ☂ und so weiter'
      : 'Wherefore art thou, Romeo? This is the body text'
  return `<message to='user${index % 100}@example.com/resource' from='juliet${index % 37}@example.org/balcony' type='chat' id='${(index * 7919).toString(36)}-abcdef' xml:lang='en'><body>${body}</body><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='abc-${index}'/></message>`
}
const short = () => "<message to='b@x.org' type='chat' id='a1'><body>hi</body></message>"

function piecesOf(stanza: (index: number) => string, size: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(Array.from({ length: STANZAS }, (_, index) => stanza(index)).join(''))
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  )
}

function eachAPiece(stanza: (index: number) => string): Uint8Array[] {
  return Array.from({ length: STANZAS }, (_, index) => new TextEncoder().encode(stanza(index)))
}

/** Reads all pieces again and again in one stream, and does something with each element. */
function reading(pieces: Uint8Array[], serialized: boolean) {
  let length = 0
  const parser = new StreamParser({
    header() {},
    element(element) {
      if (serialized) length += writer.element(element).length
    },
    footer() {},
    error(error) {
      throw error
    },
  })
  parser.write(OPEN)
  return () => {
    for (const piece of pieces) parser.write(piece)
    return length
  }
}

interface Node {
  name: string
  namespace: string
  attributes: Record<string, string>
  children: (Node | string)[]
}

/** saxes alone without namespaces, of which only the default one is inherited; nothing is checked besides. */
function saxesWithoutNamespaces(pieces: Uint8Array[]) {
  const parser = new SaxesParser({ xmlns: false })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const open: Node[] = []
  parser.on('opentag', (tag) => {
    const { attributes } = tag
    const parent = open.at(-1)
    const node: Node = {
      name: tag.name,
      namespace: attributes.xmlns ?? parent?.namespace ?? '',
      attributes,
      children: [],
    }
    if (open.length > 1) parent?.children.push(node)
    open.push(node)
  })
  parser.on('text', (text) => {
    if (open.length > 1) (open.at(-1) as Node).children.push(text)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(OPEN)
  return () => {
    for (const piece of pieces) parser.write(decoder.decode(piece, { stream: true }))
  }
}

/** What is to be compared with: saxes alone with namespaces, a strict decoder and the simplest tree. */
function saxes(pieces: Uint8Array[]) {
  const parser = new SaxesParser({ xmlns: true })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const open: Node[] = []
  parser.on('opentag', (tag) => {
    const attributes: Record<string, string> = {}
    for (const key in tag.attributes) attributes[key] = (tag.attributes[key] as { value: string }).value
    const node: Node = { name: tag.local, namespace: tag.uri, attributes, children: [] }
    if (open.length > 1) (open.at(-1) as Node).children.push(node)
    open.push(node)
  })
  parser.on('text', (text) => {
    if (open.length > 1) (open.at(-1) as Node).children.push(text)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(OPEN)
  return () => {
    for (const piece of pieces) parser.write(decoder.decode(piece, { stream: true }))
  }
}

const CASES: readonly (readonly [string, Uint8Array[]])[] = [
  ['100 ordinary messages, each a piece', eachAPiece(ordinary)],
  ['100 short messages, each a piece', eachAPiece(short)],
  ['100 ordinary messages in pieces of 4 KiB', piecesOf(ordinary, 4096)],
  ['100 short messages in pieces of 4 KiB', piecesOf(short, 4096)],
  ['100 ordinary messages in pieces of 64 octets', piecesOf(ordinary, 64)],
]

for (const [title, pieces] of CASES) {
  test(title, async ({ bench }) => {
    await bench.compare(
      bench('parse', reading(pieces, false)),
      bench('parse and serialize', reading(pieces, true)),
      bench('saxes and a tree, no serialization', saxes(pieces)),
      bench('saxes without namespaces and a tree, no serialization', saxesWithoutNamespaces(pieces)),
    )
  })
}

/** Reads server streams for who knows stanzas in the namespace of clients: moved by the parser, or copied after it. */
function moved(pieces: Uint8Array[], byParser: boolean) {
  const [from, to] = ['jabber:server', 'jabber:client']
  let count = 0
  const handler = {
    header() {},
    element(element: Element) {
      if ((byParser ? element : element.withNamespace(from, to)).namespace === to) count++
    },
    footer() {},
    error(error: Error) {
      throw error
    },
  }
  const parser = new StreamParser(handler, byParser ? { contentNamespace: { from, to } } : {})
  parser.write(OPEN.replace(to, from))
  return () => {
    for (const piece of pieces) parser.write(piece)
    return count
  }
}

test('100 ordinary messages between servers', async ({ bench }) => {
  const pieces = piecesOf(ordinary, 4096)
  await bench.compare(
    bench('as they are', reading(pieces, false)),
    bench('moved by the parser', moved(pieces, true)),
    bench('copied by withNamespace()', moved(pieces, false)),
  )
})
