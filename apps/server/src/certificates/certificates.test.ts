import { X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@parlour/server-core'
import { CertificateError, CertificateStore } from '@parlour/transport-tcp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDevelopmentCertificate, ensureDevelopmentCertificate } from './development.ts'
import { readCertificates, watchCertificates } from './files.ts'
import { warnOf } from './warnings.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlour-certificates-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('the first start makes an authority and a certificate by it, for the domains and this machine', async () => {
  const made = await ensureDevelopmentCertificate(join(folder, 'new'), ['example.org', 'bücher.example'])
  const [certificate, authority] = [new X509Certificate(made.certificate), new X509Certificate(made.authority)]
  expect(certificate.verify(authority.publicKey)).toBe(true)
  expect([authority.ca, certificate.ca]).toEqual([true, false])
  for (const name of ['example.org', 'xn--bcher-kva.example', 'localhost'])
    expect(certificate.checkHost(name)).toBe(name)
  expect([certificate.checkIP('127.0.0.1'), certificate.checkIP('::1')]).not.toContain(undefined)
  expect(readFileSync(made.authorityPath, 'utf8')).toBe(made.authority)
  expect(new CertificateStore([made]).domains).toContain('example.org')
  for (const file of ['development-authority.key', 'development-certificate.key']) {
    expect(statSync(join(folder, 'new', file)).mode & 0o777).toBe(0o600)
  }
})

test('the second start keeps both; another domain keeps the authority', async () => {
  const first = await ensureDevelopmentCertificate(folder, ['example.org'])
  const second = await ensureDevelopmentCertificate(folder, ['example.org'])
  expect(second).toEqual({ ...first, renewed: false })
  const third = await ensureDevelopmentCertificate(folder, ['example.org', 'example.net'])
  expect([third.renewed, third.authority === first.authority]).toEqual([true, true])
  expect(new X509Certificate(third.certificate).checkHost('example.net')).toBe('example.net')
})

test('a damaged certificate is made again, and with a damaged authority both', async () => {
  const first = await ensureDevelopmentCertificate(folder, ['example.org'])
  writeFileSync(join(folder, 'development-certificate.pem'), 'half a certif')
  const second = await ensureDevelopmentCertificate(folder, ['example.org'])
  expect([second.renewed, second.authority === first.authority]).toEqual([true, true])
  writeFileSync(join(folder, 'development-authority.key'), '')
  const third = await ensureDevelopmentCertificate(folder, ['example.org'])
  expect(third.authority).not.toBe(first.authority)
  expect(new X509Certificate(third.certificate).verify(new X509Certificate(third.authority).publicKey)).toBe(true)
})

test('certificate files: each fault names the file and what to do', async () => {
  const made = await createDevelopmentCertificate(['example.org'])
  const other = await createDevelopmentCertificate(['example.org'])
  const paths = { certificate: join(folder, 'a.pem'), key: join(folder, 'a.key') }
  const fault = () => {
    try {
      readCertificates([paths])
    } catch (error) {
      expect(error).toBeInstanceOf(CertificateError)
      return String(error)
    }
    return undefined
  }
  expect(fault()).toContain(`${paths.certificate}: there is no such file`)
  writeFileSync(paths.certificate, made.key)
  expect(fault()).toContain('a.pem: expected "-----BEGIN … CERTIFICATE-----", but it holds a PRIVATE KEY')
  writeFileSync(paths.certificate, made.certificate)
  writeFileSync(paths.key, 'secret')
  expect(fault()).toContain('a.key: expected "-----BEGIN … PRIVATE KEY-----", but it is not PEM')
  writeFileSync(paths.key, other.key)
  expect(fault()).toMatch(/the key cannot be used with the certificate for example\.org.*mismatch/)
  writeFileSync(paths.key, made.key)
  expect(fault()).toBeUndefined()
})

test('a changed file is read again; one that is of no use is told', async () => {
  const [first, second] = [
    await createDevelopmentCertificate(['a.example']),
    await createDevelopmentCertificate(['b.example']),
  ]
  const paths = { certificate: join(folder, 'a.pem'), key: join(folder, 'a.key') }
  writeFileSync(paths.certificate, first.certificate)
  writeFileSync(paths.key, first.key)
  const certificates = new CertificateStore(readCertificates([paths]))
  const next = Promise.withResolvers<void>()
  const fault = Promise.withResolvers<Error>()
  const stop = watchCertificates(
    [paths],
    (changed) => {
      certificates.replace(changed)
      next.resolve()
    },
    (error) => fault.resolve(error),
  )
  writeFileSync(paths.certificate, second.certificate)
  writeFileSync(paths.key, second.key)
  await next.promise
  expect(certificates.domains).toContain('b.example')
  writeFileSync(paths.key, first.key)
  expect(await fault.promise).toBeInstanceOf(CertificateError)
  stop()
})

test('files whose folder is a link that is moved, as Kubernetes does, are read again', async () => {
  const put = async (name: string, domain: string) => {
    const { certificate, key } = await createDevelopmentCertificate([domain])
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'tls.crt'), certificate)
    writeFileSync(join(folder, name, 'tls.key'), key)
  }
  await put('..first', 'a.example')
  await put('..second', 'b.example')
  symlinkSync('..first', join(folder, '..data'))
  for (const file of ['tls.crt', 'tls.key']) symlinkSync(join('..data', file), join(folder, file))
  const paths = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>()
  const stop = watchCertificates([paths], (changed) => resolve(new CertificateStore(changed).domains), reject)
  symlinkSync('..second', join(folder, '..data_next'))
  renameSync(join(folder, '..data_next'), join(folder, '..data'))
  expect(await promise).toContain('b.example')
  stop()
})

test('certificates that nobody will believe are told: for other domains, expired, about to, not valid yet', async () => {
  const made = await createDevelopmentCertificate(['example.org', '*.example.net', 'xn--bcher-kva.example'])
  const end = new X509Certificate(made.certificate).validToDate.getTime()
  const warnings = (domains: readonly string[], now: number): string[] => {
    const told: string[] = []
    const warn = ({ domain = '' }: Readonly<Record<string, unknown>>, text: string) =>
      void told.push(`${domain} ${text}`)
    warnOf([made], domains, now, { ...silentLogger, warn })
    return told
  }
  const day = 86_400_000
  expect(warnings(['example.org', 'a.example.net', 'bücher.example'], end - 8 * day)).toEqual([])
  expect(warnings(['example.org', 'a.b.example.net'], end - 8 * day)).toEqual([
    expect.stringMatching(/^a\.b\.example\.net no certificate is for this domain/),
  ])
  expect(warnings([], end - day)).toEqual([expect.stringContaining('within a week')])
  expect(warnings([], end + day)).toEqual([expect.stringContaining('has expired')])
  expect(warnings([], 0)).toEqual([expect.stringContaining('not valid yet')])
})
