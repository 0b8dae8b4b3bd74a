/**
 * Feeds the reader with pieces of documents in any order, cut anywhere: `node --conditions=@parlour/source
 * packages/portable-data/fuzz/portable-data.fuzz.ts --seconds 10 [--seed N]`. Exits 1 with the input when it throws anything
 * but a PortableDataError, the cuts make a difference, what it read is not the same when written and read again, one input
 * takes too long, or memory grows.
 */
import { fuzzing } from '@parlour/testing'
import {
  type FoundEvent,
  PortableDataError,
  PortableDataReader,
  PortableDataWriter,
  type PortableEvent,
} from '../src/index.ts'

const { pick, random, run } = fuzzing()

const NS = "xmlns='urn:xmpp:pie:0'"
const INCLUDE = "<include xmlns='http://www.w3.org/2001/XInclude' href='a.xml'/>"
const PIECES = [
  ...[
    `<server-data ${NS}>`,
    '</server-data>',
    `<host ${NS} jid='a.example'>`,
    "<host jid='b.example'>",
    '</host>',
    '<host>',
  ],
  ...[
    `<user ${NS} name='juliet'>`,
    "<user name='a' password='&amp;\u{1f512}'>",
    '</user>',
    '<user/>',
    "<user name='b'/>",
  ],
  ...['<offline-messages>', '</offline-messages>', "<query xmlns='jabber:iq:roster'>", '</query>', "<item jid='a@b'/>"],
  ...[
    "<message xmlns='jabber:client' xml:lang='en'>",
    '</message>',
    '<body>',
    '</body>',
    "<x xmlns='urn:x' xmlns:y='urn:y' y:z='1'/>",
  ],
  ...[
    INCLUDE,
    '<!-- c -->',
    '<![CDATA[<d>]]>',
    '<?pi x?>',
    '&lt;',
    '&#x1f512;',
    '&',
    '&none;',
    'text',
    ' ',
    '\r\n',
    '\0',
    '\ufffe',
  ],
  ...[
    "<?xml version='1.0'?>",
    "<?xml version='1.0' encoding='latin1'?>",
    '<!DOCTYPE a>',
    '<',
    '>',
    "'",
    '</',
    'ü',
    '\u2028',
  ],
]
const START = `<server-data ${NS}><host jid='a.example'><user name='juliet'>`
const END = '</user></host></server-data>'

function make(): { text: string; cut: number } {
  const middle = Array.from({ length: random(25) }, () => pick(PIECES)).join('')
  return { text: random(4) === 0 ? middle : START + middle + (random(4) === 0 ? '' : END), cut: 1 + random(40) }
}

/** The events, or the code of the error. */
function read(text: string, cut: number): FoundEvent[] | string {
  const octets = new TextEncoder().encode(text)
  const reader = new PortableDataReader({ limits: { maxItemLength: 4096, maxDepth: 20 } })
  const events: FoundEvent[] = []
  try {
    for (let at = 0; at < octets.length; at += cut) events.push(...reader.write(octets.subarray(at, at + cut)))
    return [...events, ...reader.end()]
  } catch (error) {
    if (error instanceof PortableDataError) return error.code
    throw error
  }
}

const shown = (events: readonly FoundEvent[]): string =>
  JSON.stringify(
    events.map((event) => (event.type === 'item' ? [event.within?.name, event.element.toString()] : event)),
  )

function attempt({ text, cut }: { text: string; cut: number }): void {
  const whole = read(text, text.length * 4 + 1)
  const cutUp = read(text, cut)
  const isSame =
    typeof whole === 'string' || typeof cutUp === 'string' ? whole === cutUp : shown(whole) === shown(cutUp)
  if (!isSame) throw new Error(`the cuts make a difference: ${JSON.stringify([whole, cutUp])}`)
  if (typeof whole === 'string') return
  const events = whole.filter((event): event is PortableEvent => event.type !== 'unknown' && event.type !== 'include')
  // A user that is a document of its own has no host to be written in.
  if (events[0]?.type !== 'host') return
  const writer = new PortableDataWriter()
  const written = events.map((event) => writer.write(event)).join('') + writer.end()
  const again = read(written, cut)
  if (typeof again === 'string' || shown(again) !== shown(events))
    throw new Error(`written as ${written}, it is another`)
}

const count = await run({ make, attempt })
console.log(`${count} inputs`)
