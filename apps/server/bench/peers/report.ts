import type { Figure, Medians, Row, Target } from './rows.ts'
import type { BenchServer } from './servers.ts'
import { faults, type Measurement, median } from './xload.ts'

/** All measurements of a row, by server. */
export interface RowResult {
  readonly row: Row
  readonly found: ReadonlyMap<string, readonly Measurement[]>
}

const CHAT = 'chat-64-tls'

/** The table of a run in Markdown, a line for each figure of each row. */
export function markdownTable(servers: readonly BenchServer[], results: readonly RowResult[]): string {
  const titles = servers.map(({ title }) => title)
  const head = ['row', 'per', ...titles, 'ratio to the best peer', 'target', 'others’ CPU', 'faults']
  const fresh = results.find(({ row }) => row.name === CHAT)
  const lines = results.flatMap((result) => rowLines(servers, result, fresh && mediansOf(fresh, 0)))
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function rowLines(servers: readonly BenchServer[], result: RowResult, fresh: Medians | undefined): string[][] {
  const { row, found } = result
  return row.figures.map(({ label, unit, of, target }, index) => {
    const cells = servers.map(({ name }) => spread((found.get(name) ?? []).map(of), unit))
    const medians = mediansOf(result, index)
    const all = [...found.values()].flat()
    const load = `${median(all.map(({ other_cpu_pct }) => Number(other_cpu_pct ?? Number.NaN))).toFixed(0)}%`
    const ratio = `**${ratioToBest(medians, unit)}**`
    return [
      ...[row.name, label, ...cells, ratio, verdict(target ?? (index === 0 ? row.target : undefined), medians, fresh)],
      ...[load === 'NaN%' ? '' : load, faultsBy(found)],
    ]
  })
}

/** The median of each server for the nth figure of a row. */
export function mediansOf({ row, found }: RowResult, figure: number): Medians {
  const { of } = row.figures[figure] as Row['figures'][number]
  return Object.fromEntries([...found].map(([name, measurements]) => [name, median(measurements.map(of))]))
}

/** Parlour's figure as a share of the better of the peers'. */
export function ratioToBest(medians: Medians, unit: Figure['unit']): string {
  const { parlour = Number.NaN, ...peers } = medians
  const measured = Object.values(peers).filter(Number.isFinite)
  const best = unit === '/s' ? Math.max(...measured) : Math.min(...measured)
  return Number.isFinite(best) ? (parlour / best).toFixed(2) : ''
}

function verdict(target: Target | undefined, medians: Medians, fresh: Medians | undefined): string {
  if (!target) return ''
  const isComparable = Object.values(medians).every(Number.isFinite) && Object.keys(medians).length === 3
  if (!isComparable) return `not judged: ${target.text}`
  return `${target.isMet(medians, fresh) ? 'met' : '**missed**'}: ${target.text}`
}

function spread(measured: readonly number[], unit: string): string {
  const figures = measured.filter(Number.isFinite)
  if (figures.length === 0) return 'not measured'
  const [low, high] = [Math.min(...figures), Math.max(...figures)]
  const range = figures.length > 1 ? ` (${rounded(low)}–${rounded(high)})` : ''
  return `${rounded(median(figures))} ${unit}${range}`
}

const rounded = (figure: number) => figure.toFixed(figure < 10 ? 2 : figure < 100 ? 1 : 0)

function faultsBy(found: RowResult['found']): string {
  const all = [...found].map(([name, measurements]) => [name, faults(measurements)] as const)
  return all.flatMap(([name, text]) => (text ? [`${name}: ${text}`] : [])).join('; ') || 'none'
}

/** Everything that was measured, for programs. */
export function asJson(about: Readonly<Record<string, unknown>>, results: readonly RowResult[]): string {
  const rows = results.map((result) => ({
    ...{ name: result.row.name, what: result.row.what },
    figures: result.row.figures.map(({ label, unit }, index) => {
      const medians = mediansOf(result, index)
      return { label, unit, medians, ratioToBestPeer: Number(ratioToBest(medians, unit)) }
    }),
    measurements: Object.fromEntries(result.found),
  }))
  return `${JSON.stringify({ ...about, rows }, undefined, 2)}\n`
}
