import { describe, expect, test } from 'vitest'
import { connectionConformance } from './conformance.ts'
import { createMemoryPair } from './index.ts'

describe.each([
  ['whole strings', undefined],
  ['a thousand bytes at a time', 1000],
])('memory pair, %s', (_, chunkBytes) => {
  test.each(connectionConformance)('$title', ({ run }) =>
    run(async () => {
      const [client, server] = createMemoryPair(chunkBytes === undefined ? {} : { chunkBytes })
      return { client, server }
    }),
  )
})

test('chunks are of the size asked for and split UTF-8 sequences', async () => {
  const [client, server] = createMemoryPair({ chunkBytes: 2 })
  const chunks: (Uint8Array | string)[] = []
  const closed = new Promise<void>((resolve) => server.onClose(() => resolve()))
  server.onData((chunk) => chunks.push(chunk))
  client.write('a🙂')
  client.end()
  await closed
  expect(chunks).toEqual([Uint8Array.of(0x61, 0xf0), Uint8Array.of(0x9f, 0x99), Uint8Array.of(0x82)])
})

test('a reader that pauses in the midst of chunks gets the rest after resume', async () => {
  const [client, server] = createMemoryPair({ chunkBytes: 1 })
  let text = ''
  server.onData((chunk) => {
    text += String.fromCharCode(...(chunk as Uint8Array))
    if (text === 'ab') server.pause()
  })
  client.write('abcd')
  for (let i = 0; i < 10; i++) await Promise.resolve()
  expect(text).toBe('ab')
  server.resume()
  for (let i = 0; i < 10; i++) await Promise.resolve()
  expect(text).toBe('abcd')
})

test('an end whose peer is gone closes too, also with something left to say', async () => {
  const [client, server] = createMemoryPair()
  server.onData(() => server.write('too late'))
  const closed = new Promise<string>((resolve) => server.onClose(() => resolve('closed')))
  client.write('last words')
  client.end()
  expect(await closed).toBe('closed')
})

test('each end sees what the other presents, and the verdict that it was given', async () => {
  const [client, server] = createMemoryPair({
    clientCertificate: { chain: [Uint8Array.of(1), Uint8Array.of(2)], fault: 'expired' },
    serverCertificate: { chain: [Uint8Array.of(3)] },
  })
  await Promise.all([client.startTls(), server.startTls()])
  const seen = [client, server].map(({ security }) => security?.peerCertificateChain())
  expect(seen).toEqual([[Uint8Array.of(3)], [Uint8Array.of(1), Uint8Array.of(2)]])
  expect(client.security?.peerCertificate()).toEqual(Uint8Array.of(3))
  expect([await client.security?.verifyPeerChain(), await server.security?.verifyPeerChain()]).toEqual([
    undefined,
    'expired',
  ])
  expect([client.security?.peerCertificateError(), server.security?.peerCertificateError()]).toEqual([
    undefined,
    'expired',
  ])
})
