import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createKernel, type Kernel, type KernelOptions, type Logger, type SignInSettings } from '@parlour/server-core'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { createSqliteStorage } from '@parlour/storage-sql'
import type { PurgeableStorage } from './administration/target.ts'
import type { Configuration } from './configuration/schema.ts'
import { systemEnvironment } from './environment.ts'
import { nodeCrypto } from './node-crypto.ts'
import { readTokenSecret } from './token-secret.ts'

/** The database file of a data folder. */
export const databaseFile = (dataFolder: string): string => join(dataFolder, 'parlour.sqlite')

/** @throws StorageError `locked` when another process uses the data folder */
export async function openStorage({ storage, dataFolder }: Configuration): Promise<PurgeableStorage> {
  if (storage === 'memory') return createMemoryStorage()
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const file = databaseFile(dataFolder)
  keepFromOthers(file)
  return createSqliteStorage({ file })
}

/**
 * Verifiers of passwords, and messages: a new file is its owner's only, to which SQLite's other files keep; a group may have
 * been let in since, others not. It is not opened if it is there: closing it would end SQLite's locks of this process.
 */
function keepFromOthers(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600))
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    const { mode = 0, uid } = statSync(path, { throwIfNoEntry: false }) ?? {}
    if ((mode & 0o007) !== 0 && uid === process.geteuid?.()) chmodSync(path, mode & 0o770)
  }
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

function signInSettings({ authentication, dataFolder, storage }: Configuration): Partial<SignInSettings> {
  const { tokenDays, tokenRotationHours, maxDevices, deviceDays } = authentication
  return {
    tokens: { lifetime: tokenDays * DAY, rotation: tokenRotationHours * HOUR },
    devices: { maxDevices, keepFor: deviceDays * DAY },
    tokenSecret: storage === 'memory' ? undefined : readTokenSecret(dataFolder),
  }
}

/** The kernel that the configuration describes. @throws ModuleError */
export function openKernel(
  configuration: Configuration,
  storage: Storage,
  { modules, ...parts }: Pick<KernelOptions, 'modules' | 'federation' | 'restoresSessions'>,
  log: Logger,
): Promise<Kernel> {
  const { authentication, domains, sessions } = configuration
  const host = {
    resourceConflict: sessions.resourceConflict,
    maxSessionsPerAccount: sessions.maxPerAccount,
    modules: configuration.modules,
  }
  return createKernel({
    environment: systemEnvironment,
    authentication: { ...authentication, ...signInSettings(configuration), crypto: nodeCrypto },
    signInLimits: authentication,
    streamManagement: {
      resumptionTime: sessions.resumptionSeconds * 1000,
      maxUnacknowledgedStanzas: sessions.maxUnacknowledgedStanzas,
      maxUnacknowledgedLength: sessions.maxUnacknowledgedLength,
      answerTimeout: sessions.answerSeconds * 1000,
    },
    hosts: domains.map((name) => ({ domain: name, ...host })),
    ...{ storage, log, modules, ...parts },
  })
}
