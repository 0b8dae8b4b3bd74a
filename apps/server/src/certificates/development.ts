import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { domainToASCII } from 'node:url'
import type { KeyedCertificate } from './generate.ts'

/** What a server needs for development, and what its clients need to trust it. */
export interface DevelopmentCertificate extends KeyedCertificate {
  /** The authority's certificate, in PEM. */
  readonly authority: string
}

/** A development certificate that is kept in a folder. */
export interface KeptDevelopmentCertificate extends DevelopmentCertificate {
  /** The file with the authority's certificate. */
  readonly authorityPath: string
  /** True if anything was made by this call. */
  readonly renewed: boolean
}

const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1']
const RENEWAL_MARGIN = 30 * 86_400_000

/** A new authority and a certificate by it, kept nowhere: for servers inside tests. */
export async function createDevelopmentCertificate(domains: readonly string[]): Promise<DevelopmentCertificate> {
  const { generateAuthority, generateCertificate } = await import('./generate.ts')
  const authority = await generateAuthority()
  return { ...(await generateCertificate(authority, namesFor(domains))), authority: authority.certificate }
}

/**
 * The development certificate in a folder, for the domains and this machine's own names. It, and the authority that
 * signs it, are made where they are missing, unreadable, for other domains, or within 30 days of their end. The
 * authority stays the same as long as it can, for clients have been told to trust it. Keys are readable by the owner only.
 *
 * @throws Error of the file system, when the folder cannot be written
 * @example
 * ```ts
 * const { certificate, key, authorityPath } = await ensureDevelopmentCertificate('./parlour-data', ['example.org'])
 * ```
 */
export async function ensureDevelopmentCertificate(
  folder: string,
  domains: readonly string[],
): Promise<KeptDevelopmentCertificate> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const paths = { authority: join(folder, 'development-authority'), server: join(folder, 'development-certificate') }
  const names = namesFor(domains)
  const known = load(paths.authority)
  const authority = known ?? (await renewAuthority(paths.authority))
  const kept = known && load(paths.server)
  const usable = kept && covers(kept.certificate, authority.certificate, names) ? kept : undefined
  const server = usable ?? (await renewCertificate(paths.server, authority, names))
  const authorityPath = `${paths.authority}.pem`
  return { ...server, authority: authority.certificate, authorityPath, renewed: !usable }
}

function namesFor(domains: readonly string[]): string[] {
  return [...new Set([...domains.map((domain) => domainToASCII(domain) || domain), ...LOCAL_NAMES])]
}

async function renewAuthority(path: string): Promise<KeyedCertificate> {
  const { generateAuthority } = await import('./generate.ts')
  return save(path, await generateAuthority())
}

async function renewCertificate(path: string, authority: KeyedCertificate, names: string[]): Promise<KeyedCertificate> {
  const { generateCertificate } = await import('./generate.ts')
  return save(path, await generateCertificate(authority, names))
}

/** What is kept, unless it is missing, damaged or near its end: then it is made again. */
function load(path: string): KeyedCertificate | undefined {
  if (!existsSync(`${path}.pem`) || !existsSync(`${path}.key`)) return undefined
  const kept = { certificate: readFileSync(`${path}.pem`, 'utf8'), key: readFileSync(`${path}.key`, 'utf8') }
  return isSound(kept) ? kept : undefined
}

function isSound({ certificate, key }: KeyedCertificate): boolean {
  try {
    const parsed = new X509Certificate(certificate)
    const inTime = Date.parse(parsed.validTo) - Date.now() > RENEWAL_MARGIN
    return inTime && parsed.checkPrivateKey(createPrivateKey(key))
  } catch {
    // Half-written or edited by hand: the answer is to make it anew.
    return false
  }
}

function covers(certificate: string, authority: string, names: readonly string[]): boolean {
  const parsed = new X509Certificate(certificate)
  const issuer = new X509Certificate(authority)
  if (!parsed.checkIssued(issuer) || !parsed.verify(issuer.publicKey)) return false
  return names.every((name) => (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name)) !== undefined)
}

function save(path: string, made: KeyedCertificate): KeyedCertificate {
  write(`${path}.key`, made.key, 0o600)
  write(`${path}.pem`, made.certificate, 0o644)
  return made
}

/** Whole or not at all, also when the process is killed. */
function write(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.new`, text, { mode })
  renameSync(`${path}.new`, path)
}
