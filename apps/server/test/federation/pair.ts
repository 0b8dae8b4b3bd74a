import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import type { CaseRunner } from '../support/cases.ts'
import type { Case } from './case.ts'
import { CONVERSATION } from './conversation.ts'
import { FAILURES } from './failures.ts'
import type { KindName } from './kinds.ts'
import type { Network } from './network.ts'
import { REFUSALS } from './refusals.ts'
import type { Scene } from './scene.ts'
import type { ServerProduct } from './servers/federated-server.ts'
import { parlour } from './servers/parlour.ts'
import { Side } from './side.ts'

/** One case in one direction. */
interface Turn {
  readonly group: string
  /** What domains of the kind stand for, in the names of groups. */
  readonly how: string
  readonly each: Case
  readonly kind: KindName
  readonly isForward: boolean
}

/** How a kind of domain is authenticated, in the names of groups. */
const AUTHENTICATION: Partial<Record<KindName, string>> = {
  trusted: 'EXTERNAL',
  direct: 'direct TLS',
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
    const name = this.product.name.toLowerCase().replaceAll(' ', '-')
    const [ourName, theirName] = [`to-${name}`, `at-${name}`]
    const ours = await parlour.at(await network.site(ourName), theirName)
    const theirs = await this.product.at(await network.site(theirName), ourName)
    await using undo = new AsyncDisposableStack()
    for (const server of [ours, theirs]) undo.defer(() => server.stop('SIGTERM'))
    await Promise.all([ours.start(), theirs.start()])
    const sides = { ours: new Side('Parlour', ours, true), theirs: new Side(this.product.name, theirs, false) }
    for (const side of Object.values(sides)) undo.defer(() => side.clear())
    for (const [at, turn] of this.turns.entries()) await runTurn(turn, at, sides, runner)
    await runner.run(
      `federation with ${this.product.name}`,
      'Parlour stops in order, without an error in its log',
      async () => {
        await Promise.all([sides.ours.clear(), sides.theirs.clear()])
        await ours.stop('SIGTERM')
        assert.doesNotMatch(ours.log(), /^! error /m)
        return undefined
      },
    )
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

/** Servers may forget the last that they wrote when they are killed: failures come after conversations in both directions. */
function turnsOf(product: ServerProduct): Turn[] {
  return [CONVERSATION, FAILURES, REFUSALS].flatMap((cases) => {
    const all = cases.flatMap((each) => each.kinds.map((kind) => ({ each, kind })))
    const possible = all.filter(({ each }) => each.needs === undefined || product.abilities[each.needs])
    return [...new Set(possible.map(({ kind }) => kind))].flatMap((kind) => {
      const how = AUTHENTICATION[kind] ?? 'refused'
      const ofKind = possible.filter((turn) => turn.kind === kind)
      return [true, false].flatMap((isForward) =>
        ofKind
          .filter(({ each }) => isForward || !each.forwardOnly)
          .map((turn) => ({ ...turn, isForward, how, group: `federation, ${way(product, isForward)}, ${how}` })),
      )
    })
  })
}

const way = ({ name }: ServerProduct, isForward: boolean): string =>
  isForward ? `Parlour to ${name}` : `${name} to Parlour`
