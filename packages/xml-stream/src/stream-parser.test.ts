import { expect, test } from 'vitest'
import { StreamParser, StreamWriter } from './index.ts'

function events(chunks: (string | Uint8Array)[], options = {}) {
  const out: string[] = []
  const parser = new StreamParser(
    {
      header: (h) => out.push(`header ${JSON.stringify(h)}`),
      element: (e) => out.push(`element ${e}`),
      footer: () => out.push('footer'),
      error: (e) => out.push(`error ${e.condition}`),
    },
    options,
  )
  for (const c of chunks) parser.write(c)
  return out
}
const S = new StreamWriter({ contentNamespace: 'jabber:client' })
const OPEN = S.header({ to: 'example.com', version: '1.0', namespace: 'jabber:client' })
test('RFC 6120 §4.2: header, stanzas and footer', () => {
  const all = `${OPEN}<message to='a' xml:lang='en'><body>a &amp; b<![CDATA[<]]]></body><x xmlns='u'/></message> <stream:features/>\n</stream:stream>`
  const whole = events([all])
  expect(whole).toEqual([
    'header {"to":"example.com","version":"1.0","namespace":"jabber:client"}',
    "element <message xmlns='jabber:client' to='a' xml:lang='en'><body>a &amp; b&lt;]</body><x xmlns='u'/></message>",
    "element <features xmlns='http://etherx.jabber.org/streams'/>",
    'footer',
  ])
  expect(events([...all])).toEqual(whole)
  expect(events([new TextEncoder().encode(all)])).toEqual(whole)
})
