import type { Logger } from '@parlour/server-core'
import { type Certificate, CertificateStore } from '@parlour/transport-tcp'
import type { Configuration } from '../configuration/schema.ts'
import { createDevelopmentCertificate, ensureDevelopmentCertificate } from './development.ts'
import { readCertificates, watchCertificates } from './files.ts'
import { warnOf } from './warnings.ts'

/** The server's certificates, as long as it runs. */
export interface CertificateSource extends AsyncDisposable {
  readonly certificates: CertificateStore
  /** Path of the development authority's certificate, when it is in use and kept in a folder. */
  readonly developmentAuthority: string | undefined
  /** The development authority's certificate in PEM, when it is in use. */
  readonly developmentAuthorityPem: string | undefined
  /** Reads the files again. @returns whether there are any @throws {CertificateError} and leaves the former ones in use */
  reload(): boolean
}

/**
 * The certificates that the configuration names, read again whenever their files change, or one for development: kept
 * in the data folder, or nowhere when the storage is in memory.
 * @throws {CertificateError} when a file is missing or of no use
 */
export async function createCertificateSource(configuration: Configuration, log: Logger): Promise<CertificateSource> {
  const { certificates, domains, dataFolder, storage } = configuration
  if (certificates !== 'development') return watched(certificates, domains, log)
  if (storage === 'memory') {
    const made = await createDevelopmentCertificate(domains)
    return source(new CertificateStore([made]), undefined, made.authority)
  }
  const kept = await ensureDevelopmentCertificate(dataFolder, domains)
  return source(new CertificateStore([kept]), kept.authorityPath, kept.authority)
}

function watched(
  paths: Exclude<Configuration['certificates'], 'development'>,
  domains: Configuration['domains'],
  log: Logger,
): CertificateSource {
  const read = readCertificates(paths)
  const certificates = new CertificateStore(read)
  warnOf(read, domains, Date.now(), log)
  const use = (changed: readonly Certificate[]): void => {
    certificates.replace(changed)
    log.info({ domains: certificates.domains }, 'certificates read again')
    warnOf(changed, domains, Date.now(), log)
  }
  const reload = (): boolean => {
    use(readCertificates(paths))
    return true
  }
  const stop = watchCertificates(paths, use, (error) =>
    log.error({ error }, 'changed certificates cannot be used; the former ones stay'),
  )
  return { ...source(certificates, undefined, undefined, stop), reload }
}

function source(
  certificates: CertificateStore,
  developmentAuthority: string | undefined,
  developmentAuthorityPem: string | undefined,
  stop: () => void = () => {},
): CertificateSource {
  const dispose = async () => stop()
  const reload = () => false
  return { certificates, developmentAuthority, developmentAuthorityPem, reload, [Symbol.asyncDispose]: dispose }
}
