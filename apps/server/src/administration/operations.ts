import { isJid, type Jid, parseJid } from '@parlour/jid'
import { AccountError } from '@parlour/server-core'
import { StorageError } from '@parlour/storage'
import { StreamError } from '@parlour/xml-stream'
import * as v from 'valibot'
import type { WalkStep } from '../federation/walk-step.ts'
import { DEFAULT_WALK_SECONDS, MAX_WALK_SECONDS } from '../federation/walk-step.ts'
import { listDevices, revokeDevice } from './device-operations.ts'
import { AdministrationError } from './protocol.ts'
import { listLinks, requireFederation, walkTo } from './server-operations.ts'
import type { AdministrationTarget, ServerStatus } from './target.ts'
import { Export, Import, Transfers } from './transfers.ts'

const address = v.object({ address: v.string() })
const addressAndPassword = v.object({ address: v.string(), password: v.string() })
const listing = v.object({
  domain: v.string(),
  after: v.optional(v.string()),
  max: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 1000),
})

const links = v.object({
  domain: v.optional(v.string()),
  after: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  max: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 1000),
})
const walk = v.object({
  domain: v.string(),
  from: v.optional(v.string()),
  seconds: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(MAX_WALK_SECONDS)), DEFAULT_WALK_SECONDS),
})

const transfer = v.object({ id: v.number() })
const importing = v.object({ isTrial: v.boolean(), replaces: v.boolean() })
const piece = v.object({ id: v.number(), text: v.string() })
const revoking = v.object({ address: v.string(), device: v.string() })
const erasing = v.object({ address: v.string(), purges: v.boolean() })

/** Who asked for an operation. */
export interface OperationCall {
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal
  /** Tells what has come so far. */
  progress(step: unknown): void
}

/** One row of `parlour user list`. */
interface ListedAccount {
  readonly address: string
  readonly created: number
  readonly isDisabled: boolean
  /** Sessions at this moment. */
  readonly sessions: number
}

/** Each operation: what it takes and what it does. Results are JSON. */
const OPERATIONS = {
  status: operation(v.object({}), (target): ServerStatus => target.status()),
  'user.add': operation(addressAndPassword, async (target, { address, password }) => {
    const account = accountOf(target, address)
    await target.kernel.accounts.create(account, password)
    return { address: account.toString() }
  }),
  'user.passwd': operation(addressAndPassword, async (target, { address, password }) => {
    const account = accountOf(target, address)
    await target.kernel.accounts.setPassword(account, password)
    return { ended: target.kernel.endSessions(account, new StreamError('reset', 'the password was changed')) }
  }),
  'user.remove': operation(address, async (target, { address }) => {
    const account = accountOf(target, address)
    await target.kernel.accounts.remove(account)
    return { ended: target.kernel.endSessions(account, new StreamError('not-authorized', 'the account was removed')) }
  }),
  'user.disable': operation(address, async (target, { address }) => {
    const account = accountOf(target, address)
    await target.kernel.accounts.setDisabled(account, true)
    return { ended: target.kernel.endSessions(account, new StreamError('not-authorized', 'the account was disabled')) }
  }),
  'user.enable': operation(address, async (target, { address }) => {
    await target.kernel.accounts.setDisabled(accountOf(target, address), false)
    return { ended: 0 }
  }),
  'user.list': operation(listing, async (target, { domain, after, max }) => {
    requireDomain(target, domain)
    const page = after === undefined ? { max } : { after, max }
    const accounts = await target.kernel.accounts.list(domain, page)
    return Promise.all(accounts.map((account) => describe(target, account)))
  }),
  'user.devices': operation(address, (target, { address }) => listDevices(target, accountOf(target, address))),
  'user.revoke': operation(revoking, (target, { address, device }) =>
    revokeDevice(target, accountOf(target, address), device),
  ),
  'user.export': operation(address, async (target, { address }, { signal }: OperationCall) => {
    const account = accountOf(target, address)
    if (!(await target.kernel.accounts.exists(account)))
      throw new AdministrationError('not-found', `there is no account ${account}`)
    return { id: transfersOf(target).begin(new Export(target.kernel, account), signal) }
  }),
  'export.read': operation(transfer, async (target, { id }, { signal }: OperationCall) => {
    const transfers = transfersOf(target)
    const read = await transfers.find(id, signal, Export).read()
    if (read.isLast) transfers.end(id)
    return read
  }),
  'import.begin': operation(importing, async (target, mode, { signal }: OperationCall) => {
    const running = new Import(target.kernel, domainsOf(target), mode)
    return { id: transfersOf(target).begin(running, signal) }
  }),
  'import.write': operation(piece, async (target, { id, text }, { signal }: OperationCall) =>
    transfersOf(target).find(id, signal, Import).write(text),
  ),
  'import.end': operation(transfer, async (target, { id }, { signal }: OperationCall) => {
    const running = transfersOf(target).find(id, signal, Import)
    transfersOf(target).end(id)
    return running.end()
  }),
  'user.erase': operation(erasing, async (target, { address, purges }) => {
    const account = accountOf(target, address)
    await target.kernel.accounts.remove(account)
    const ended = target.kernel.endSessions(account, new StreamError('not-authorized', 'the account was removed'))
    const remains = purges ? await purge(target) : 'the database file was not written anew'
    return remains === undefined ? { ended } : { ended, remains }
  }),
  's2s.list': operation(links, listLinks),
  's2s.test': operation(walk, (target, { domain, from, seconds }, { signal, progress }: OperationCall) =>
    walkTo(requireFederation(target), target, { domain, from, seconds, signal, report: progress }),
  ),
} as const

export type OperationName = keyof typeof OPERATIONS
export type OperationParameters<Name extends OperationName> = v.InferInput<(typeof OPERATIONS)[Name]['schema']>
/** What operations report before their result. */
export type OperationProgress<Name extends OperationName> = Name extends 's2s.test' ? WalkStep : never
export type OperationResult<Name extends OperationName> = Awaited<ReturnType<(typeof OPERATIONS)[Name]['run']>>

/**
 * Does what was asked.
 * @throws AdministrationError for anything that the person who asked can understand and mend
 */
export async function runOperation(
  target: AdministrationTarget,
  name: string,
  parameters: unknown,
  call: OperationCall,
): Promise<unknown> {
  if (!Object.hasOwn(OPERATIONS, name)) {
    throw new AdministrationError('unknown-operation', `this server knows no operation "${name}": is it older?`)
  }
  const { schema, run } = OPERATIONS[name as OperationName]
  const parsed = v.safeParse(schema as v.GenericSchema, parameters)
  if (!parsed.success) throw new AdministrationError('bad-parameters', v.summarize(parsed.issues))
  try {
    return await (run as (target: AdministrationTarget, parameters: unknown, call: OperationCall) => unknown)(
      target,
      parsed.output,
      call,
    )
  } catch (error) {
    if (error instanceof AccountError) throw new AdministrationError(error.code, error.message, { cause: error })
    throw error
  }
}

function operation<const Schema extends v.GenericSchema, Result>(
  schema: Schema,
  run: (target: AdministrationTarget, parameters: v.InferOutput<Schema>, call: OperationCall) => Result,
) {
  return { schema, run }
}

/** @throws AdministrationError */
function accountOf(target: AdministrationTarget, text: string): Jid {
  if (!isJid(text)) {
    throw new AdministrationError(
      'bad-address',
      `"${text}" is not an address; one looks like alice@${exampleDomain(target)}`,
    )
  }
  const jid = parseJid(text)
  if (jid.local === '') {
    throw new AdministrationError(
      'bad-address',
      `"${text}" has no name before an @; an address looks like alice@${jid.domain}`,
    )
  }
  if (jid.resource !== '') {
    throw new AdministrationError('bad-address', `"${text}" has a resource: the account is ${jid.bare}`)
  }
  requireDomain(target, jid.domain)
  return jid
}

const transfers = new WeakMap<AdministrationTarget, Transfers>()

function transfersOf(target: AdministrationTarget): Transfers {
  const known = transfers.get(target) ?? new Transfers()
  transfers.set(target, known)
  return known
}

/** Leaves nothing in the storage of what was removed. @returns `undefined`, or why something may be left */
async function purge({ storage }: AdministrationTarget): Promise<string | undefined> {
  try {
    await storage.purge?.()
  } catch (error) {
    if (error instanceof StorageError) return error.message
    throw error
  }
}

const domainsOf = ({ configuration: { domains } }: AdministrationTarget): readonly string[] =>
  domains.map((name) => parseJid(name).domain)

function requireDomain(target: AdministrationTarget, domain: string): void {
  const { domains } = target.configuration
  if (domainsOf(target).includes(domain)) return
  const served = domains.length === 1 ? `it serves ${domains[0]}` : `it serves ${domains.join(', ')}`
  throw new AdministrationError('domain-not-served', `this server does not serve ${domain}: ${served}`)
}

const exampleDomain = ({ configuration }: AdministrationTarget): string => configuration.domains[0] ?? 'example.org'

async function describe({ kernel }: AdministrationTarget, jid: Jid): Promise<ListedAccount> {
  const account = await kernel.accounts.find(jid)
  const sessions = kernel.directory.sessions(jid.toString()).length
  const { created = 0, isDisabled = false } = account ?? {}
  return { address: jid.toString(), created, isDisabled, sessions }
}
