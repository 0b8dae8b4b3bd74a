import { describe, expect, test } from 'vitest'
import { FEATURES_PLAIN, FEATURES_SECURE, FEEDINGS, HEADER, HEADER_BACK, OPENED, SECURED } from './dialogues.ts'
import { PASSWORD, plain, STREAM, Stage, type StageOptions, settled } from './stage.ts'

const FAILURE = `S: <failure xmlns="{tls}"/></stream:stream>\nS: [closed]`

describe.each(FEEDINGS)('STARTTLS, %s:', (_, chunkBytes) => {
  const open = (signal: AbortSignal, options: StageOptions = {}) =>
    Stage.open(signal, { accounts: ['juliet@example.com'], modules: [], chunkBytes, ...options })

  test('23. RFC 6120 §5.3.1, §5.4.1: where TLS is mandatory <starttls/> is required, and nothing else is offered', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    await stage.play(OPENED)
  })

  test('23, 31. RFC 6120 §5.4.1, §6.3.4, §13.8.3: where TLS is not mandatory it is still offered; neither PLAIN nor -PLUS without it', async ({
    signal,
  }) => {
    await using stage = await open(signal, { stream: { tlsRequired: false } })
    await stage.play(`
      C: ${HEADER}
      S: ${HEADER_BACK}<stream:features><starttls xmlns="{tls}"/><mechanisms xmlns="{sasl}"><mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>`)
  })

  test('24. RFC 6120 §5.4.2.2: <starttls/> where there is no TLS is a failure, and the end', async ({ signal }) => {
    await using stage = await open(signal, { stream: { tlsAvailable: false, tlsRequired: false } })
    await stage.play(`
      C: ${HEADER}
      S: ${HEADER_BACK}<stream:features><mechanisms xmlns="{sasl}"><mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>
      C: <starttls xmlns='{tls}'/>
      ${FAILURE}`)
  })

  test.for(['<start xmlns="{tls}"/>', '<proceed xmlns="{tls}"/>'])(
    '24. RFC 6120 §5.4.2.2: %s is a failure, and the end',
    async (command, { signal }) => {
      await using stage = await open(signal)
      await stage.play(`${OPENED}\nC: ${command}\n${FAILURE}`)
    },
  )

  test('3, 24. RFC 6120 §5.4.3.3, §5.4.2.2: TLS is not offered twice, nor given', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`${SECURED}\nC: <starttls xmlns='{tls}'/>\n${FAILURE}`)
  })

  test.for([
    ['authentication', plain('juliet', PASSWORD)],
    ['a new stream', HEADER],
    ['half a stanza', '<message to="romeo@example.net"><body>'],
  ] as const)(
    '25. RFC 6120 §5.3.3, §5.4.3.3: %s in plain text behind <starttls/> is discarded',
    async ([, injected], { signal }) => {
      await using stage = await open(signal)
      // What is written together with the command reaches the server before its handshake begins.
      await stage.play(`
      C: ${HEADER}
      S: ${HEADER_BACK}${FEATURES_PLAIN}
      C: <starttls xmlns='{tls}'/>${injected}
      S: <proceed xmlns="{tls}"/>
      C: [starttls]
      C: ${HEADER}
      S: ${HEADER_BACK}${FEATURES_SECURE}`)
    },
  )

  test('26. RFC 6120 §5.4.3.2: a handshake that fails ends the connection without </stream>', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`${OPENED}
      C: <starttls xmlns='{tls}'/>
      S: <proceed xmlns="{tls}"/>
      C: this is no handshake
      S: [closed]`)
    await settled()
    expect(stage.environment.pendingTimers).toBe(0)
  })

  test('27. RFC 6120 §5.4.3.3: what was said before TLS is forgotten: from, host, language', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`
      C: ${STREAM} to='example.net' from='juliet@example.com' xml:lang='de'>
      S: ${HEADER_BACK.replace('"example.com"', '"example.net" to="juliet@example.com"')}${FEATURES_PLAIN}
      C: <starttls xmlns='{tls}'/>
      S: <proceed xmlns="{tls}"/>
      C: [starttls]
      C: ${HEADER}
      S: ${HEADER_BACK}${FEATURES_SECURE}`)
  })
})
