import { describe, expect, test } from 'vitest'
import {
  AUTHENTICATED,
  BOUND,
  FEATURES_AUTHENTICATED,
  FEATURES_PLAIN,
  FEATURES_SECURE,
  FEEDINGS,
  fault,
  HEADER,
  HEADER_BACK,
  OPENED,
  SECURED,
} from './dialogues.ts'
import { PASSWORD, plain, STREAM, Stage, type StageOptions, settled } from './stage.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

describe.each(FEEDINGS)('streams, %s:', (_, chunkBytes) => {
  const open = (signal: AbortSignal, options: StageOptions = {}) =>
    Stage.open(signal, { accounts: ['juliet@example.com'], modules: [], chunkBytes, ...options })

  test('1. RFC 6120 §4.3.2: features follow the header', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(OPENED)
  })

  test('2, 3, 9. RFC 6120 §4.3.3, §4.3.4, §4.7.3, §5.4.3.3: one connection, new features and a new id each time, no </stream>', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const names = await stage.play(`
      C: ${HEADER}
      S: ${HEADER_BACK.replace('*', '{first}')}${FEATURES_PLAIN}
      C: <starttls xmlns='{tls}'/>
      S: <proceed xmlns="{tls}"/>
      C: [starttls]
      C: ${HEADER}
      S: ${HEADER_BACK.replace('*', '{second}')}${FEATURES_SECURE}
      C: ${plain('juliet', PASSWORD)}
      S: <success xmlns="{sasl}"/>
      C: ${HEADER}
      S: ${HEADER_BACK.replace('*', '{third}')}${FEATURES_AUTHENTICATED}`)
    const ids = ['first', 'second', 'third'].map((name) => names.get(name) as string)
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id.length).toBeGreaterThanOrEqual(20)
  })

  test('4. RFC 6120 §4.3.5: after binding there are no more features', async ({ signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.signIn('juliet@example.com/balcony')
    await juliet.hearsNothing()
  })

  test.for([
    ['before TLS', OPENED],
    ['before authentication', SECURED],
    ['before binding', AUTHENTICATED],
  ] as const)('5. RFC 6120 §4.3.5, §7.1: a stanza %s is not-authorized', async ([, before], { signal }) => {
    await using stage = await open(signal)
    for (const stanza of [
      '<message to="romeo@example.net"/>',
      '<presence/>',
      '<iq to="romeo@example.net" type="get" id="1"><q xmlns="q"/></iq>',
    ])
      await stage.play(`${before}\nC: ${stanza}\n${fault('not-authorized')}`)
  })

  test.for([
    ['before TLS', OPENED],
    ['before binding', AUTHENTICATED],
    ['after binding', BOUND],
  ] as const)(
    '6. RFC 6120 §4.4: %s, </stream> is answered with </stream>, and the connection ends',
    async ([, before], { signal }) => {
      await using stage = await open(signal)
      await stage.play(`${before}\nC: </stream:stream>\nS: </stream:stream>\nS: [closed]`)
      expect(stage.environment.pendingTimers).toBe(0)
    },
  )

  test('6. RFC 6120 §4.4: what came before </stream> is answered before it', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`${BOUND}
      C: <iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq></stream:stream>
      S: <iq to="juliet@example.com/balcony" id="1" type="result"><query xmlns="jabber:iq:roster" ver="*"/></iq></stream:stream>
      S: [closed]`)
  })

  test('6. RFC 6120 §4.4: a server that closes first waits a bounded time, then ends the connection', async ({
    signal,
  }) => {
    await using stage = await open(signal, { modules: undefined as never })
    const ofModules = stage.environment.pendingTimers
    const juliet = await stage.signIn('juliet@example.com/balcony')
    const standing = stage.environment.pendingTimers
    for (const session of stage.kernel.directory) session.stream.close()
    await juliet.hears('</stream:stream>')
    await settled()
    expect(stage.environment.pendingTimers).toBe(standing + 1)
    stage.environment.advance(5_000)
    await juliet.peer.expectClosed()
    expect(stage.environment.pendingTimers).toBe(ofModules)
  })

  test('7. RFC 6120 §4.6.4: a client that is silent for a day is asked every five minutes, and not ended', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const juliet = await stage.signIn('juliet@example.com/balcony')
    for (let time = 0; time < DAY; time += 6 * MINUTE) {
      stage.environment.advance(5 * MINUTE)
      await juliet.hears(
        `<iq from="example.com" to="juliet@example.com/balcony" id="alive" type="get"><ping xmlns="urn:xmpp:ping"/></iq>`,
      )
      juliet.send(' ')
      await settled()
      stage.environment.advance(MINUTE)
    }
    await juliet.hearsNothing()
  })

  test.for([
    ['', ''],
    [` from='juliet@example.com'`, ` to="juliet@example.com"`],
    [` from='JULIET@example.com/balcony'`, ` to="juliet@example.com"`],
    [` from='@'`, ''],
  ] as const)(
    '8. RFC 6120 §4.7.1, §4.7.2: the header%s is answered with our domain, and%s',
    async ([from, to], { signal }) => {
      await using stage = await open(signal)
      await stage.play(`
      C: ${STREAM} to='EXAMPLE.com'${from}>
      S: ${HEADER_BACK.replace(' id=', `${to} id=`)}${FEATURES_PLAIN}`)
    },
  )

  test('9. RFC 6120 §4.7.3: the id in a header of the client is ignored, and no id comes twice', async ({ signal }) => {
    await using stage = await open(signal)
    const ids = new Set<string | undefined>(['mine'])
    for (let n = 0; n < 20; n++) {
      const names = await stage.play(`C: ${STREAM} to='example.com' id='mine'>\nS: ${HEADER_BACK.replace('*', '{id}')}`)
      ids.add(names.get('id'))
    }
    expect(ids.size).toBe(21)
  })

  test('10. RFC 6120 §4.7.4: the language of the header is ours, whatever the client asks for', async ({ signal }) => {
    await using stage = await open(signal)
    for (const language of ['', ` xml:lang='de'`, ` xml:lang='tlh'`])
      await stage.play(`C: ${STREAM} to='example.com'${language}>\nS: ${HEADER_BACK}`)
  })

  test.for(['1.0', '1.13', '01.0'])('11. RFC 6120 §4.7.5: version %s is served as 1.0', async (version, { signal }) => {
    await using stage = await open(signal)
    await stage.play(`C: ${HEADER.replace('1.0', version)}\nS: ${HEADER_BACK}${FEATURES_PLAIN}`)
  })

  test.for(['2.0', '11.0', '0.9', 'one'])(
    '11. RFC 6120 §4.7.5: version %s is unsupported',
    async (version, { signal }) => {
      await using stage = await open(signal)
      await stage.play(`C: ${HEADER.replace('1.0', version)}\nS: ${HEADER_BACK}\n${fault('unsupported-version')}`)
    },
  )

  test('11. RFC 6120 §4.7.5: no version is 0.9, and the answer has none', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(
      `C: ${HEADER.replace(` version='1.0'`, '')}\nS: ${HEADER_BACK.replace(' version="1.0"', '')}\n${fault('unsupported-version')}`,
    )
  })

  test.for([
    ['stream', `'http://etherx.jabber.org/streams'`, `'http://wrong.namespace.example.org/'`, '', '*'],
    ['content', `'jabber:client'`, `'jabber:server'`, 'example.com', ''],
  ] as const)(
    '12. RFC 6120 §4.8.1, §4.8.2, §4.9.1.2: a wrong %s namespace: our own header, then invalid-namespace',
    async ([, right, wrong, from, text], { signal }) => {
      await using stage = await open(signal)
      await stage.play(`
        C: ${HEADER.replace(right, wrong)}
        S: ${HEADER_BACK.replace('example.com', from)}
        ${fault('invalid-namespace', text)}`)
    },
  )

  test.for([
    `<x xmlns='urn:example:unknown' to='romeo@example.net'/>`,
    `<query/>`,
    `<message xmlns='jabber:server' to='romeo@example.net'/>`,
    `<presence xmlns=''/>`,
  ])('14. RFC 6120 §4.8.4: %s is unsupported-stanza-type, and goes nowhere', async (element, { signal }) => {
    await using stage = await open(signal)
    await stage.play(`${BOUND}\nC: ${element}\n${fault('unsupported-stanza-type')}`)
    await stage.play(`${SECURED}\nC: ${element}\n${fault('unsupported-stanza-type')}`)
  })

  test.for([
    ['not-well-formed', '<message></presence>'],
    ['not-well-formed', '<message to=romeo/>'],
    ['not-well-formed', '<message><unbound:x/></message>'],
    ['not-well-formed', '<message>&#0;</message>'],
    ['not-well-formed', '<message>&unknown</message>'],
    ['restricted-xml', '<!-- comment --><message/>'],
    ['restricted-xml', '<message><!-- comment --></message>'],
    ['restricted-xml', '<?php echo 1 ?>'],
    ['restricted-xml', '<!DOCTYPE message [<!ENTITY a "b">]>'],
    ['restricted-xml', '<message><body>&unknown;</body></message>'],
  ] as const)(
    '16, 19, 20. RFC 6120 §4.9.1.1, §11.1, §11.3: %s: %s, then the end',
    async ([condition, xml], { signal }) => {
      await using stage = await open(signal)
      await stage.play(`${BOUND}\nC: ${xml}\n${fault(condition, '*')}`)
      await stage.play(`${OPENED}\nC: ${xml}\n${fault(condition, '*')}`)
    },
  )

  test('17. RFC 6120 §4.9.1.3, §4.9.3.6: an unknown or missing host is host-unknown, and the header names none', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    for (const to of [` to='example.org'`, '', ` to='juliet@example.com'`, ` to=''`])
      await stage.play(`C: ${STREAM}${to}>\nS: ${HEADER_BACK.replace('example.com', '')}\n${fault('host-unknown')}`)
  })

  test('20. RFC 6120 §11.3: nothing of a stanza that breaks off is forwarded', async ({ signal }) => {
    await using stage = await open(signal, { accounts: ['juliet@example.com', 'romeo@example.net'] })
    const romeo = await stage.online('romeo@example.net/orchard')
    const juliet = await stage.signIn('juliet@example.com/balcony')
    juliet.send(
      `<message to='romeo@example.net'><body>whole</body></message><message to='romeo@example.net'><body>half</message>`,
    )
    await juliet.peer.expectUntil('</stream:stream>')
    expect(juliet.peer.heard).toContain('<not-well-formed ')
    await romeo.hears('<message from="juliet@example.com/balcony" to="romeo@example.net"><body>whole</body></message>')
    await romeo.hearsNothing()
  })

  test('21. RFC 6120 §11.6: no byte order mark is sent, and U+FEFF in a text is kept', async ({ signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.online('juliet@example.com/balcony')
    juliet.send(`<message><body>a\ufeffb</body></message>`)
    await juliet.hears(
      `<message from="juliet@example.com/balcony" to="juliet@example.com"><body>a\ufeffb</body></message>`,
    )
    expect(juliet.peer.heard.startsWith('<')).toBe(true)
  })

  test('22. RFC 6120 §13.12: 10000 bytes are taken, more than the limit is policy-violation', async ({ signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.online('juliet@example.com/balcony')
    juliet.send(`<message><body>${'a'.repeat(10_000)}</body></message>`)
    await juliet.hears(
      `<message from="juliet@example.com/balcony" to="juliet@example.com"><body>${'a'.repeat(10_000)}</body></message>`,
    )
    if (chunkBytes) return // a quarter of a million bytes one by one show nothing more
    juliet.send(`<message><body>${'a'.repeat(300_000)}</body></message>`)
    await juliet.peer.expectUntil('</stream:stream>')
    expect(juliet.peer.heard).toContain('<policy-violation ')
  })
})
