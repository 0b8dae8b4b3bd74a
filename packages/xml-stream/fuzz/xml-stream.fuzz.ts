/**
 * Damages valid streams and cuts them at random places.
 * `node --conditions=@parlour/source packages/xml-stream/fuzz/xml-stream.fuzz.ts --seconds 10 [--seed N]`
 * Fails, printing the input, when a parser throws or takes long, when the pieces give other events than the whole, when
 * what was delivered is not read back the same after serialization, or when memory grows.
 */
import { fuzzing } from '@parlour/testing'
import { parseXml } from '@parlour/xml'
import { StreamParser, type StreamParserOptions } from '@parlour/xml-stream'
import { eventsOf, randomSplit } from '../test/events.ts'

const { pick, random, run } = fuzzing()

const STREAMS = "xmlns:stream='http://etherx.jabber.org/streams'"
const SEEDS = [
  `<?xml version='1.0' encoding='UTF-8'?><stream:stream xmlns='jabber:client' ${STREAMS} to='example.com' version='1.0' xml:lang='en'><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>\n<message to="a@b" id='1'><body>Gr\u00fc\u00dfe \u2602 \ud83c\udfad &amp; &#x41;<![CDATA[<x>]]></body><p:x xmlns:p='urn:p' p:y='1'/></message> <presence/></stream:stream>`,
  `<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' ${STREAMS}><db:result from='a' to='b'>key</db:result><iq type='get' id='x'><query xmlns='urn:q'><item jid='a'/><item jid='b'/>\r\n</query></iq>`,
  `<stream xmlns='http://etherx.jabber.org/streams'><message xmlns='jabber:client'><body>]] ]&gt;</body></message></stream>`,
]
const FRAGMENTS = [
  '<',
  '>',
  '&',
  ';',
  "'",
  '"',
  '/',
  '=',
  ':',
  ']]>',
  '<![CDATA[',
  '<!--',
  '<!DOCTYPE',
  '<?xml',
  '?>',
  '&amp;',
  '&#0;',
  '&#x10FFFF;',
  '&x;',
  '</',
  '/>',
  " xmlns=''",
  " xmlns:p='u'",
  '<a>',
  '</a>',
  '\0',
  '\u0001',
  '\ufeff',
  '\ufffe',
  '\r',
  '\n',
  '\t',
  '\u00e9',
  '\ud83d\ude00',
  'x'.repeat(300),
  '<a>'.repeat(30),
  '__proto__',
  '<stream:stream>',
  '</stream:stream>',
]

function damaged(): Uint8Array {
  let text = pick(SEEDS)
  for (let count = random(5); count > 0; count--) {
    const at = random(text.length)
    text = text.slice(0, at) + (random(3) === 0 ? '' : pick(FRAGMENTS)) + text.slice(at + random(2) * random(20))
  }
  const bytes = new TextEncoder().encode(text)
  if (random(4) === 0) bytes[random(bytes.length)] = random(256)
  return bytes
}

/** Every delivered element, serialized and read again, must be the same. */
function assertReadBack(bytes: Uint8Array): void {
  const parser = new StreamParser({
    header() {},
    element(element) {
      const text = element.toString()
      const again = parseXml(text).toString()
      if (again !== text) throw new Error(`not read back: ${text} became ${again}`)
    },
    footer() {},
    error() {},
  })
  parser.write(bytes)
}

/**
 * Equal events. Or an error on both sides after the same events: which is found first may depend on how far a piece
 * reaches.
 */
function agree(whole: string[], pieces: string[]): boolean {
  if (JSON.stringify(whole) === JSON.stringify(pieces)) return true
  const isRefused = [whole, pieces].every((events) => events.at(-1)?.startsWith('error'))
  return isRefused && JSON.stringify(whole.slice(0, -1)) === JSON.stringify(pieces.slice(0, -1))
}

function check(bytes: Uint8Array): void {
  const limits = {
    maxStanzaBytes: 2000,
    maxDepth: 20,
    maxAttributes: 10,
    maxNameLength: 100,
    maxChildren: 20,
    maxNamespaceLength: 100,
  }
  const options: StreamParserOptions = random(2) === 0 ? {} : { limits }
  const whole = eventsOf([bytes], options, true)
  const longest = pick([1, 2, 7, 100])
  const pieces = eventsOf(randomSplit(bytes, random, longest), options, true)
  if (!agree(whole, pieces)) throw new Error(`whole: ${whole.join('\n')}\npieces: ${pieces.join('\n')}`)
  assertReadBack(bytes)
  eventsOf([bytes], { framing: 'websocket' })
}

/** As octets too, since not all of them are text. */
const print = (bytes: Uint8Array) =>
  `${JSON.stringify(new TextDecoder().decode(bytes))}\nbase64 ${Buffer.from(bytes).toString('base64')}`

console.log(`${await run({ make: damaged, attempt: check, print, maxMilliseconds: 500 })} streams`)
