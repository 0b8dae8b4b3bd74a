import { test } from 'vitest'
import { FEATURES_PLAIN, fault, HEADER, HEADER_BACK, SECURED } from './dialogues.ts'
import { PASSWORD, plain, Stage } from './stage.ts'

test('8, 17. RFC 6120 §4.7.1: each domain of the server answers as itself', async ({ signal }) => {
  await using stage = await Stage.open(signal, { accounts: [], modules: [] })
  await stage.play(`C: ${HEADER.replace('.com', '.net')}\nS: ${HEADER_BACK.replace('.com', '.net')}${FEATURES_PLAIN}`)
})

test('9. RFC 6120 §4.3.3: after signing in, the stream stays with the domain that authenticated it', async ({
  signal,
}) => {
  await using stage = await Stage.open(signal, { accounts: ['juliet@example.com'], modules: [] })
  await stage.play(`${SECURED}
    C: ${plain('juliet', PASSWORD)}
    S: <success xmlns="{sasl}"/>
    C: ${HEADER.replace('.com', '.net')}
    S: ${HEADER_BACK}
    ${fault('not-authorized')}`)
})

test('13. RFC 6120 §4.8.3: stanzas arrive in jabber:client, and what they carry of other namespaces is as it was', async ({
  signal,
}) => {
  await using stage = await Stage.open(signal)
  const [juliet, romeo] = [
    await stage.online('juliet@example.com/balcony'),
    await stage.online('romeo@example.net/orchard'),
  ]
  juliet.send(
    `<message xmlns='jabber:client' to='romeo@example.net'><body>hi</body><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:server' from='a@b'><body>there</body></message><message xmlns='jabber:client'/></forwarded></message>`,
  )
  await romeo.hears(
    `<message to="romeo@example.net" from="juliet@example.com/balcony"><body>hi</body><forwarded xmlns="urn:xmpp:forward:0"><message xmlns="jabber:server" from="a@b"><body>there</body></message><message xmlns="jabber:client"/></forwarded></message>`,
  )
})

test('15. RFC 6120 §4.8.5: prefixes that the header declares are declared anew for the receiver', async ({
  signal,
}) => {
  await using stage = await Stage.open(signal)
  const juliet = await stage.signIn(
    'juliet@example.com/balcony',
    ` xmlns:foo='urn:example:foo' xmlns:c='jabber:client'`,
  )
  const romeo = await stage.online('romeo@example.net/orchard')
  juliet.send(`<c:message to='romeo@example.net'><c:body>hi</c:body><foo:bar foo:baz='1' plain='2'/></c:message>`)
  await romeo.hears(
    `<message to="romeo@example.net" from="juliet@example.com/balcony"><body>hi</body><bar xmlns="urn:example:foo" plain="2" xmlns:ns0="urn:example:foo" ns0:baz="1"/></message>`,
  )
})
