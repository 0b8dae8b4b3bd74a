import { type FSWatcher, readFileSync, readlinkSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type Certificate, CertificateError, CertificateStore } from '@parlour/transport-tcp'

/** Where a certificate and its key are. */
export interface CertificatePaths {
  /** A PEM file: the certificate, then its intermediates. */
  readonly certificate: string
  /** A PEM file: the private key. */
  readonly key: string
  /** The domains it is presented for; those in the certificate if not given. */
  readonly domains?: readonly string[] | undefined
}

/** How long files must be left alone before they are read again, in ms: renewal writes two of them. */
const SETTLING_TIME = 500

/**
 * Reads certificates.
 * @throws {CertificateError} with the path in its message, and what to do about it
 */
export function readCertificates(paths: readonly CertificatePaths[]): Certificate[] {
  return paths.map(({ certificate, key, domains }) => {
    const read = { certificate: readPem(certificate, 'CERTIFICATE'), key: readPem(key, 'PRIVATE KEY') }
    const entry = domains ? { ...read, domains } : read
    explain(() => new CertificateStore([entry]), `${certificate} with ${key}`)
    return entry
  })
}

/**
 * Calls back with the certificates each time that one of their files has changed, or with why they are unusable; then
 * the former ones should stay. Folders are watched, for renewal tools replace files and move symbolic links.
 * @returns stops watching
 */
export function watchCertificates(
  paths: readonly CertificatePaths[],
  onChange: (certificates: readonly Certificate[]) => void,
  onError: (error: Error) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined
  const reread = () => {
    try {
      onChange(readCertificates(paths))
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const changed = () => {
    clearTimeout(timer)
    timer = setTimeout(reread, SETTLING_TIME).unref()
  }
  const watchers = Array.from(filesByFolder(paths), ([folder, files]) => watchFolder(folder, files, changed, onError))
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}

function filesByFolder(paths: readonly CertificatePaths[]): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>()
  for (const path of paths.flatMap(({ certificate, key }) => [certificate, key])) {
    const files = folders.get(dirname(path)) ?? new Set()
    for (const name of [basename(path), ...linkWithin(path)]) files.add(name)
    folders.set(dirname(path), files)
  }
  return folders
}

/** Of a file that is a link through another one of its folder: that, which is what Kubernetes moves (`tls.crt` → `..data/tls.crt`). */
function linkWithin(path: string): string[] {
  try {
    const [first = ''] = readlinkSync(path).split('/')
    return ['', '.', '..'].includes(first) ? [] : [first]
  } catch {
    return [] // it is no link
  }
}

function watchFolder(folder: string, files: Set<string>, changed: () => void, onError: (e: Error) => void): FSWatcher {
  const watcher = watch(folder, { persistent: false }, (_event, file) => {
    if (file === null || files.has(file)) changed()
  })
  return watcher.on('error', onError)
}

function readPem(path: string, label: string): string {
  const text = explain(() => readFileSync(path, 'utf8'), path)
  if (text.includes(`${label}-----`)) return text
  const found = /-----BEGIN ([^-]+)-----/.exec(text)?.[1]
  const what = found ? `it holds a ${found}` : 'it is not PEM'
  throw new CertificateError('unreadable', `${path}: expected "-----BEGIN … ${label}-----", but ${what}`)
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it; give the server read permission',
  EISDIR: 'it is a folder; name the PEM file in it',
}

function explain<T>(read: () => T, what: string): T {
  try {
    return read()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const reason = ADVICE[code] ?? (cause instanceof Error ? cause.message : String(cause))
    const kind = cause instanceof CertificateError ? cause.code : 'unreadable'
    throw new CertificateError(kind, `${what}: ${reason}`, { cause })
  }
}
