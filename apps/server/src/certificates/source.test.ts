import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '@parlour/server-core'
import { CertificateError } from '@parlour/transport-tcp'
import { expect, test } from 'vitest'
import { readConfiguration } from '../configuration/read.ts'
import { createDevelopmentCertificate } from './development.ts'
import { createCertificateSource } from './source.ts'

function recording() {
  const lines: string[] = []
  const say = (_fields: object, line: string) => void lines.push(line)
  const log: Logger = { debug: say, info: say, warn: say, error: say, child: () => log }
  return { lines, log }
}

test('files are read again when asked for, with all that is wrong with them; of no use, they leave the former ones', async () => {
  using folder = {
    path: mkdtempSync(join(tmpdir(), 'parlour-')),
    [Symbol.dispose]: () => rmSync(folder.path, { recursive: true }),
  }
  const paths = { certificate: join(folder.path, 'a.pem'), key: join(folder.path, 'a.key') }
  const put = async (domain: string) => {
    const { certificate, key } = await createDevelopmentCertificate([domain])
    writeFileSync(paths.certificate, certificate)
    writeFileSync(paths.key, key)
  }
  await put('a.example')
  const { lines, log } = recording()
  const configuration = readConfiguration({ domains: ['a.example'], certificates: [paths] })
  await using source = await createCertificateSource(configuration, log)
  expect(lines).toEqual([])
  await put('b.example')
  expect(source.reload()).toBe(true)
  expect(source.certificates.domains).toContain('b.example')
  expect(lines).toEqual([
    'certificates read again',
    'no certificate is for this domain: clients and servers refuse to connect',
  ])
  writeFileSync(paths.key, 'no key')
  expect(() => source.reload()).toThrow(CertificateError)
  expect(source.certificates.domains).toContain('b.example')
})

test('for development there are none to be read, and none are said to be', async () => {
  const { lines, log } = recording()
  const configuration = readConfiguration({ domains: ['a.example'], storage: 'memory' })
  await using source = await createCertificateSource(configuration, log)
  expect(source.reload()).toBe(false)
  expect(lines).toEqual([])
})
