import { parseXml } from '@parlour/xml'
import { test } from 'vitest'
import { PortableDataReader } from './index.ts'

const ITEMS = 500
const ITEM =
  "<result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'>" +
  "<delay xmlns='urn:xmpp:delay' stamp='2026-11-23T10:00:00.000Z'/>" +
  "<message xmlns='jabber:client' from='romeo@b.example/orchard' to='juliet@a.example' type='chat' id='m'>" +
  '<body>The quick brown fox jumps over the lazy dog</body></message></forwarded></result>'
const HEAD =
  "<server-data xmlns='urn:xmpp:pie:0'><host jid='a.example'><user name='juliet'><archive xmlns='urn:xmpp:pie:0#mam'>"
const DOCUMENT = `${HEAD}${ITEM.repeat(ITEMS)}</archive></user></host></server-data>`

test(`${ITEMS} archived messages, read as a document and as elements: about the same`, async ({ bench }) => {
  await bench.compare(
    bench('document', () => {
      const reader = new PortableDataReader()
      reader.write(DOCUMENT)
      reader.end()
    }),
    bench('elements', () => {
      for (let count = 0; count < ITEMS; count++) parseXml(ITEM)
    }),
  )
})
