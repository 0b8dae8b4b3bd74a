/**
 * `pnpm bench:peers`: Parlour, tuned Prosody and ejabberd side by side in one run, by CPU time of the server process.
 * What it measures and how to read it: docs/performance.md.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { BenchError, type Lab, openLab, run } from './lab.ts'
import { type Options, readOptions } from './options.ts'
import { asJson, markdownTable, mediansOf, type RowResult } from './report.ts'
import { benchRows, type Row } from './rows.ts'
import type { Scene } from './scene.ts'
import { type BenchServer, benchServers, hostsFile, type Member } from './servers.ts'
import { type Measurement, measure } from './xload.ts'

const root = resolve(import.meta.dirname, '../../../..')

/** Starts a server and sees to its accounts; says so and goes on without it when that fails. */
async function prepare(lab: Lab, server: BenchServer, accounts: number): Promise<BenchServer[]> {
  try {
    console.log(`starting ${server.title}`)
    await server.start()
  } catch (error) {
    if (server.name === 'parlour' || !(error instanceof BenchError)) throw error
    console.log(`${error.message}\ngoing on without ${server.title}`)
    return []
  }
  if (server.name !== 'parlour') for (const member of server.members) await makeAccounts(lab, member, accounts)
  return [server]
}

async function makeAccounts(lab: Lab, server: Member, accounts: number): Promise<void> {
  const marker = join(lab.folder, `accounts.${server.id}`)
  const had = Number(await readFile(marker, 'utf8').catch(() => '0'))
  if (had >= accounts) return
  console.log(`${server.id}: ${accounts - had} accounts are made`)
  const numbers = ['-n', String(accounts - had), '--first', String(had + 1), '--conc', '16']
  const { failed } = await measure(lab, server, ['register', ...numbers])
  if (failed) throw new BenchError(`${server.id}: ${failed} accounts could not be made`)
  await writeFile(marker, String(accounts))
}

const SCENES: readonly Scene[] = ['alone', 'across', 'archive-sqlite', 'archive-own']

/** Servers whose rosters have been filled. */
const befriended = new Set<BenchServer>()

/** A B C A B C: what disturbs the machine for a while disturbs all. */
async function measureRow(lab: Lab, servers: readonly BenchServer[], row: Row, runs: number): Promise<RowResult> {
  const found = new Map<string, Measurement[]>(servers.map(({ name }) => [name, []]))
  for (const server of servers) {
    if (row.contacts && !befriended.has(server)) await measure(lab, server, row.contacts)
    if (row.contacts) befriended.add(server)
    for (const args of row.before ?? []) await measure(lab, server, args)
  }
  for (let turn = 0; turn < (row.onFresh ? 1 : runs); turn++)
    for (const server of servers) {
      if (row.onFresh) await restart(server)
      found.get(server.name)?.push(await measure(lab, server, row.args))
    }
  return { row, found }
}

async function restart(server: BenchServer): Promise<void> {
  await server.stop()
  await server.start()
}

function show(result: RowResult): void {
  result.row.figures.forEach(({ label, unit }, index) => {
    const medians = Object.entries(mediansOf(result, index)).map(([name, figure]) => `${name} ${figure.toFixed(2)}`)
    console.log(`${result.row.name.padEnd(24)} ${unit} a ${label}: ${medians.join(', ')}`)
  })
}

function chosenRows(options: Options): readonly Row[] {
  const all = benchRows(options)
  const unknown = options.rows.filter((name) => all.every((row) => row.name !== name))
  if (unknown.length > 0)
    throw new BenchError(`no row is named ${unknown.join(', ')}; they are: ${all.map(({ name }) => name).join(', ')}`)
  const chosen = all.filter(({ name }) => options.rows.length === 0 || options.rows.includes(name))
  return chosen.filter(({ isLeftOut, accounts }) => !isLeftOut && accounts <= options.accounts)
}

async function versions(tools: string): Promise<Record<string, string>> {
  const { output } = await run('dpkg-query', ['-W', 'prosody', 'ejabberd'], tools).catch(() => ({ output: '' }))
  const packages = output.matchAll(/^(\S+)\s+(\S+)$/gm)
  const peers = Object.fromEntries(Array.from(packages, ([, name, version]) => [name, version]))
  return { node: process.version, openssl: process.versions.openssl ?? '', ...peers }
}

/** Measures rows on the servers of all products, which live for them only. */
async function measureRows(
  lab: Lab,
  all: readonly BenchServer[],
  rows: readonly Row[],
  { accounts, runs }: Pick<Options, 'accounts' | 'runs'>,
): Promise<RowResult[]> {
  if (rows.length === 0) return []
  await using undo = new AsyncDisposableStack()
  for (const server of all) undo.defer(() => server.stop())
  const servers: BenchServer[] = []
  for (const server of all) servers.push(...(await prepare(lab, server, accounts)))
  const results: RowResult[] = []
  for (const row of rows) {
    const result = await measureRow(lab, servers, row, runs)
    results.push(result)
    show(result)
  }
  return results
}

async function compare(options: Options): Promise<void> {
  const rows = chosenRows(options)
  await using lab = await openLab(options.lab, options.keep, hostsFile())
  const servers = benchServers(lab, 'alone', options.accounts)
  const results: RowResult[] = []
  for (const scene of SCENES) {
    const chosen = rows.filter((row) => (row.scene ?? 'alone') === scene)
    const accounts = Math.max(0, ...chosen.map((row) => row.accounts))
    results.push(
      ...(await measureRows(lab, benchServers(lab, scene, accounts), chosen, { accounts, runs: options.runs })),
    )
  }
  const table = markdownTable(servers, results)
  const about = {
    at: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model}`,
    ...{ runs: options.runs, seconds: options.seconds, versions: await versions(lab.tools) },
  }
  await mkdir(options.out, { recursive: true })
  await writeFile(join(options.out, 'peers.json'), asJson(about, results))
  await writeFile(join(options.out, 'peers.md'), `${table}\n`)
  console.log(`\n${JSON.stringify(about)}\n\n${table}\n\nwritten to ${options.out}: peers.json, peers.md`)
}

try {
  const options = readOptions(root, process.argv.slice(2))
  if (options) await compare(options)
} catch (error) {
  if (!(error instanceof BenchError) && !(error instanceof TypeError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
