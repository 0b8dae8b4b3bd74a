import { existsSync } from 'node:fs'
import type { CaseRunner } from '../support/cases.ts'
import { CASES, type Case } from './cases.ts'
import type { KindName } from './kinds.ts'
import type { Network } from './network.ts'
import type { Scene } from './scene.ts'
import type { ServerProduct } from './servers/federated-server.ts'
import { parlour } from './servers/parlour.ts'
import { Side } from './side.ts'

/** One case in one direction. */
interface Turn {
  readonly group: string
  readonly each: Case
  readonly kind: KindName
  readonly isForward: boolean
}

/** How a kind of domain is authenticated, in the names of groups. */
const AUTHENTICATION: Partial<Record<KindName, string>> = {
  trusted: 'EXTERNAL',
  dialback: 'dialback',
  encrypted: 'policy encrypted, dialback',
  public: 'certificate for servers only',
}

/** Parlour with another server. */
export class Pair {
  readonly product: ServerProduct
  readonly turns: readonly Turn[]

  constructor(product: ServerProduct, words: readonly string[]) {
    this.product = product
    const wanted = ({ group, each }: Turn) => words.every((word) => `${group}: ${each.name}`.includes(word))
    this.turns = turnsOf(product).filter(wanted)
  }

  get isInstalled(): boolean {
    return this.product.needs === undefined || existsSync(this.product.needs)
  }

  /** Starts both, runs every case, ends both. */
  async run(network: Network, runner: CaseRunner): Promise<void> {
    const name = this.product.name.toLowerCase()
    const [ourName, theirName] = [`to-${name}`, `at-${name}`]
    const ours = await parlour.at(await network.site(ourName), theirName)
    const theirs = await this.product.at(await network.site(theirName), ourName)
    await using undo = new AsyncDisposableStack()
    for (const server of [ours, theirs]) undo.defer(() => server.stop('SIGTERM'))
    await Promise.all([ours.start(), theirs.start()])
    const sides = { ours: new Side('Parlour', ours, true), theirs: new Side(this.product.name, theirs, false) }
    for (const side of Object.values(sides)) undo.defer(() => side.clear())
    for (const [at, turn] of this.turns.entries()) await runTurn(turn, at, sides, runner)
  }
}

async function runTurn(turn: Turn, at: number, sides: { ours: Side; theirs: Side }, runner: CaseRunner): Promise<void> {
  const { group, each, kind, isForward } = turn
  const { ours, theirs } = sides
  let count = 0
  const text = (words: string) => `${words} (${at}.${++count})`
  const [here, there] = isForward ? [ours, theirs] : [theirs, ours]
  const scene: Scene = { here, there, kind, isForward, text }
  const passed = await runner.run(
    group,
    each.name,
    () => each.run(scene),
    async () => `${await ours.transcript()}\n${await theirs.transcript()}`,
  )
  // What a failed case left behind is none of the next one's business.
  if (!passed) await Promise.all([ours.clear(), theirs.clear()])
}

function turnsOf(product: ServerProduct): Turn[] {
  const main = CASES.flatMap((each) => each.kinds.map((kind) => ({ each, kind })))
  const kinds = [...new Set(main.map(({ kind }) => kind))]
  return kinds.flatMap((kind) =>
    [true, false].flatMap((isForward) => {
      const direction = isForward ? `Parlour to ${product.name}` : `${product.name} to Parlour`
      const how = AUTHENTICATION[kind] ?? 'refused'
      return main
        .filter(({ each }) => (isForward || !each.forwardOnly) && (!each.needs || product.abilities[each.needs]))
        .filter((turn) => turn.kind === kind)
        .map(({ each }) => ({ group: `federation, ${direction}, ${how}`, each, kind, isForward }))
    }),
  )
}
